import CSMCore
import Foundation
import Subprocess

/// A person's own judge of audio: a command that gets JSON lines and answers JSON lines.
struct JudgeCommand: Sendable {
  let command: String
  /// Variables that it gets of csmd's; the key is none of them.
  private static let inherited = [
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CACHE_HOME",
  ]
  /// The longest answer to all lines of a call.
  private static let answerMax = 1 << 20
  /// The longest texts that are kept of a verdict, in characters.
  private static let textMax = 2000
  /// How long it may take to begin, and for each line.
  static let patience: Duration = .seconds(120)
  static let patiencePerLine: Duration = .seconds(60)

  let environment: [String: String]

  init(_ command: String, environment: [String: String]) {
    self.command = command
    self.environment = environment.filter { Self.inherited.contains($0.key) }
  }

  /// Why there are no verdicts.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// One line of its answer.
  private struct Answer: Decodable {
    let id: Int64
    let verdict: String
    let score: Double?
    let transcript: String?
    let reason: String?
  }

  /// Asks about some lines at once.
  ///
  /// - Parameter questions: one JSON object a line.
  /// - Returns: verdicts by the lines' ids; what it does not name has none.
  /// - Throws: `Failure`, or `CancellationError`.
  func judge(_ questions: [String], within limit: Duration) async throws -> [Int64: Verdict] {
    let text = questions.map { $0 + "\n" }.joined()
    let result = try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await run(text) }
      group.addTask {
        try await Task.sleep(for: limit)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let result = first else {
        throw Failure(description: "it took longer than \(limit.components.seconds) s")
      }
      return result
    }
    guard result.status.isSuccess else {
      throw Failure(description: "it ended with \(result.status)")
    }
    return try Self.verdicts(in: result.output)
  }

  private struct Result: Sendable {
    let status: TerminationStatus
    let output: String
  }

  private func run(_ input: String) async throws -> Result {
    var options = PlatformOptions()
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
    // A group of its own, so that what it started ends with it.
    options.processGroupID = 0
    let variables = environment.reduce(into: [Environment.Key: String]()) { variables, entry in
      if let key = Environment.Key(rawValue: entry.key) { variables[key] = entry.value }
    }
    do {
      let outcome = try await Subprocess.run(
        .name("sh"), arguments: ["-c", command], environment: .custom(variables),
        platformOptions: options, input: .string(input), output: .string(limit: Self.answerMax),
        error: .currentStandardError)
      return Result(status: outcome.terminationStatus, output: outcome.standardOutput ?? "")
    } catch let error as SubprocessError {
      throw Failure(description: "it could not be run: \(error)")
    }
  }

  private static func verdicts(in output: String) throws -> [Int64: Verdict] {
    let decoder = JSONDecoder()
    var verdicts: [Int64: Verdict] = [:]
    for line in output.split(whereSeparator: \.isNewline) {
      guard let answer = try? decoder.decode(Answer.self, from: Data(line.utf8)),
        let grade = Verdict.Grade(rawValue: answer.verdict)
      else {
        throw Failure(
          description:
            "it answered \(Printable.line(String(line.prefix(200)))), not one JSON object a line with "
            + "id and verdict (bad, odd or good)")
      }
      func kept(_ text: String?) -> String? { text.map { String($0.prefix(textMax)) } }
      verdicts[answer.id] = Verdict(
        grade, score: answer.score, transcript: kept(answer.transcript),
        reason: kept(answer.reason))
    }
    return verdicts
  }
}
