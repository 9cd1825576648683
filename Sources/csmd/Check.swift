import ArgumentParser
import CSMCore
import CSMFal
import CSMFiles
import CSMReports
import CSMWorkplace
import Foundation

/// `csmd check`: whether the daemon could do its work here, without starting it.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check whether csmd can work here; change nothing and send nothing that costs money.",
    discussion: """
      Prints one line per subject: ok, warn (it works, but you should know) or FAIL with the next step. \
      The key is tried with a free request to fal. The exit code is 0 when nothing fails, and 78 \
      otherwise. A running csmd is not disturbed.

      Examples:
        csmd check
        sudo -u csm csmd check
      """)

  @Flag(help: "Print JSON, one object per line.")
  var json = false

  func run() async throws {
    let findings = try await Self.findings(ProcessInfo.processInfo.environment)
    for finding in findings {
      let width = TerminalProgress.width(of: STDOUT_FILENO)
      print(json ? try JSONText.line(finding) : finding.line(width: width))
    }
    guard findings.allSatisfy({ $0.verdict != .fail }) else {
      throw ExitCode(ExitStatus.configuration.rawValue)
    }
  }

  /// Where the settings come from, for people.
  private static var sources: String {
    access(SettingsReader.file, F_OK) == 0
      ? "\(SettingsReader.file) and the environment"
      : "the environment (there is no \(SettingsReader.file))"
  }

  private static func findings(_ environment: [String: String]) async throws -> [Finding] {
    let settings: Settings
    do {
      settings = try SettingsReader.read(environment: environment)
    } catch {
      return Failure(ofDaemon: error).sentences.map { Finding("settings", .fail, $0) }
        + [Finding("others", .warn, "not checked: correct the settings first")] + LibraryCheck.all
    }
    let state = StateDirectory(setting: settings.stateDirectory, environment: environment)
    let store = StateCheck(state: state)
    let fal = await FalCheck(settings: settings, state: state, environment: environment).findings()
    return [Finding("settings", .ok, "read from \(Self.sources)")]
      + fal + (try store.findings()) + LibraryCheck.all
  }
}

/// The result of one check.
struct Finding: Encodable {
  enum Verdict: String, Encodable {
    case ok
    /// It works, but the user should know.
    case warn
    /// It keeps csmd from working.
    case fail
  }

  let check: String
  let verdict: Verdict
  /// One sentence, with the next step if it failed.
  let message: String

  init(_ check: String, _ verdict: Verdict, _ message: String) {
    self.check = check
    self.verdict = verdict
    self.message = message
  }

  /// - Parameter width: of the terminal, on which it is wrapped between words; nil for one line.
  func line(width: Int?) -> String {
    let word = verdict == .fail ? "FAIL" : verdict.rawValue
    let head = Self.padded(word, 6) + Self.padded(check, 11)
    let message = Printable.line(message)
    guard let width else { return head + message }
    let lines = TextWidth.wrapped(message, to: max(20, width - head.count))
    return head + lines.joined(separator: "\n" + Self.padded("", head.count))
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text.padding(toLength: max(width, text.count + 1), withPad: " ", startingAt: 0)
  }
}
