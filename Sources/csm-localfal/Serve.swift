import ArgumentParser
import CSMLocalFal
import Foundation
import UnixSignals

/// `csm-localfal serve`.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve until SIGTERM or SIGINT.",
    discussion: """
      Once it listens it prints the settings to use it with, as lines of shell. With --tls-port the \
      same is served over TLS (HTTP/2 and HTTP/1.1), at https://localhost:PORT.

      While it runs: GET /_localfal/stats shows counts; PUT and DELETE of /_localfal/lock, \
      lock-submits, balance, key, listing and faults lock the account, refuse submits alone, fill the \
      account, pin the key, let requests be listed, and set the fault plan, from the body's text.

      \(FaultPlan.help)

      Example:
        csm-localfal serve --port 8888 > /tmp/localfal.sh
      """)

  @OptionGroup var behaviour: BehaviourOptions

  @Option(help: "Port of plain HTTP; 0 takes a free one.")
  var port: UInt16

  @Option(help: "Port of TLS; 0 takes a free one.")
  var tlsPort: UInt16?

  @Option(help: "Where to write the certificate to trust. Default: a temporary file.")
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
