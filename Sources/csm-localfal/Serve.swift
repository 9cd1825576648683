import ArgumentParser
import CSMLocalFal
import Foundation
import UnixSignals

/// `csm-localfal serve`.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve until SIGTERM or SIGINT.",
    discussion: """
      Prints the settings to use it with as shell commands, once it is listening. With --tls-port, it \
      also serves TLS (HTTP/2 and HTTP/1.1) at https://localhost:PORT.

      While it runs, GET /_localfal/stats shows its counters. PUT and DELETE of /_localfal/lock, \
      lock-submits, balance, key, listing and faults set and reset, from the text of the body, the \
      lock of the account, the lock of submits alone, the balance, the only valid key, whether \
      requests can be listed, and the fault plan.

      \(FaultPlan.help)

      Example:
        csm-localfal serve --port 8888 > /tmp/localfal.sh
      """)

  @OptionGroup var behaviour: BehaviourOptions

  @Option(help: "Port for plain HTTP; 0 for any free one.")
  var port: UInt16

  @Option(help: "Port for TLS; 0 for any free one.")
  var tlsPort: UInt16?

  @Option(help: "File to write the certificate to. Default: a temporary one.")
  var caFile: String?

  func run() async throws {
    var options = behaviour.options
    options.port = Int(port)
    options.tlsPort = tlsPort.map { Int($0) }
    let temporary = FileManager.default.temporaryDirectory
      .appendingPathComponent("csm-localfal-\(ProcessInfo.processInfo.processIdentifier).pem").path
    if tlsPort != nil { options.certificateFile = caFile ?? temporary }
    defer { if caFile == nil { unlink(temporary) } }
    try await serve(options)
  }

  private func serve(_ options: LocalFalOptions) async throws {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    do {
      try await LocalFal(options).serve { listening in
        FileHandle.standardOutput.write(Data(listening.shell(key: options.key).utf8))
        for await _ in signals { return }
      }
    } catch {
      FileHandle.standardError.write(Data("csm-localfal: \(error)\n".utf8))
      throw ExitCode(error is SystemError ? 73 : 69)
    }
  }
}
