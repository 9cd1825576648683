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

  /// What it said.
  struct Answers: Sendable {
    /// Verdicts by the lines' ids; what it does not name has none.
    var verdicts: [Int64: Verdict] = [:]
    /// What was wrong with the rest.
    var failure: Failure?
  }

  /// Asks about some lines at once; neither the command nor what it started is left on return.
  ///
  /// - Parameter questions: one JSON object a line.
  /// - Throws: `Failure` where it took too long, or could not be run; or `CancellationError`.
  func judge(_ questions: [String], within limit: Duration) async throws -> Answers {
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
    // What was killed on leaving has not failed.
    try Task.checkCancellation()
    var answers = Self.answers(in: result.output)
    if !result.status.isSuccess { answers.failure = Failure(description: "\(result.status)") }
    return answers
  }

  private struct Result: Sendable {
    let status: TerminationStatus
    let output: String
  }

  private func run(_ input: String) async throws -> Result {
    var options = PlatformOptions()
    // A group of its own, which is killed at once: were the shell to end first, nobody would end what it
    // started.
    options.processGroupID = 0
    options.teardownSequence = [
      .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
    ]
    let variables = environment.reduce(into: [Environment.Key: String]()) { variables, entry in
      if let key = Environment.Key(rawValue: entry.key) { variables[key] = entry.value }
    }
    do {
      let outcome = try await Subprocess.run(
        .name("sh"), arguments: ["-c", command], environment: .custom(variables),
        platformOptions: options, input: .string(input), output: .string(limit: Self.answerMax),
        error: .currentStandardError)
      return Result(status: outcome.terminationStatus, output: outcome.standardOutput)
    } catch let error as SubprocessError {
      throw Failure(description: "it could not be run: \(error)")
    }
  }

  /// What can be read counts, whatever else there is.
  private static func answers(in output: String) -> Answers {
    let decoder = JSONDecoder()
    var answers = Answers()
    for line in output.split(whereSeparator: \.isNewline) {
      guard let answer = try? decoder.decode(Answer.self, from: Data(line.utf8)),
        let grade = Verdict.Grade(rawValue: answer.verdict)
      else {
        let shown = Printable.line(String(line.prefix(200)))
        answers.failure = Failure(
          description:
            "it answered \(shown), which is no JSON object with id and verdict (bad, odd or good)")
        continue
      }
      func kept(_ text: String?) -> String? { text.map { String($0.prefix(textMax)) } }
      answers.verdicts[answer.id] = Verdict(
        grade, score: answer.score, transcript: kept(answer.transcript),
        reason: kept(answer.reason))
    }
    return answers
  }
}
