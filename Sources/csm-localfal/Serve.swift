import ArgumentParser
import CSMLocalFal
import Foundation
import UnixSignals

/// `csm-localfal serve`.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve until SIGTERM or SIGINT.",
    discussion: """
      Once it is listening, it prints the settings for using it, as shell commands. With --tls-port, it \
      also serves TLS (HTTP/2 and HTTP/1.1) at https://localhost:PORT.

      While it runs, GET /_localfal/stats shows its counters. Under /_localfal, PUT sets a value from the \
      text of the body, and DELETE resets it: lock (of the account), lock-submits (of submits alone), \
      balance, key (the only valid one), listing (whether requests can be listed) and faults (the fault \
      plan).

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
