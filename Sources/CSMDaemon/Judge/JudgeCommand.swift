import CLinux
import CSMCore
import Foundation
import Glibc
import Subprocess
import SystemPackage

/// The user's own judge of audio: a shell command that reads and writes JSON lines.
struct JudgeCommand: Sendable {
  let command: String
  /// The environment variables that it inherits from csmd; never the key.
  private static let inherited = [
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CACHE_HOME",
  ]
  /// The size limit in bytes for the answer to a call.
  private static let answerMax = 1 << 20
  /// The most characters to keep of each text of a verdict.
  private static let textMax = 2000
  /// How long it may take for a call: to start, and in addition for each line.
  static let startTimeout: Duration = .seconds(120)
  static let timeoutPerLine: Duration = .seconds(60)

  let environment: [String: String]

  init(_ command: String, environment: [String: String]) {
    self.command = command
    self.environment = environment.filter { Self.inherited.contains($0.key) }
  }

  /// One line of its answer.
  private struct Answer: Decodable {
    let id: Int64
    let verdict: String
    let score: Double?
    let transcript: String?
    let reason: String?
  }

  /// The answer to a call.
  struct Answers: Sendable {
    /// Verdicts by id; lines it left out have none.
    var verdicts: [Int64: Verdict] = [:]
    /// What was wrong with the answer; nil if nothing was.
    var failure: JudgeFailure?
  }

  /// Asks about several lines in one call; on return, neither the command nor its children run.
  ///
  /// - Parameter questions: one JSON object each, on one line.
  /// - Throws: `JudgeFailure` if it took too long or could not be run; `CancellationError`.
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
        throw JudgeFailure(description: "it took longer than \(limit.components.seconds) s")
      }
      return result
    }
    // A command that was killed by cancellation has not failed.
    try Task.checkCancellation()
    var answers = Self.answers(in: result.output)
    if !result.status.isSuccess { answers.failure = JudgeFailure(description: "\(result.status)") }
    return answers
  }

  private struct Result: Sendable {
    let status: TerminationStatus
    let output: String
  }

  private func run(_ input: String) async throws -> Result {
    var options = PlatformOptions()
    // A process group of its own, which is killed at once, since children could outlive the shell.
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
        platformOptions: options,
        input: .fileDescriptor(try Self.file(of: input), closeAfterSpawningProcess: true),
        output: .string(limit: Self.answerMax), error: .currentStandardError)
      return Result(status: outcome.terminationStatus, output: outcome.standardOutput)
    } catch let error as SubprocessError {
      throw JudgeFailure(description: "it could not be run: \(error)")
    }
  }

  /// A file in memory, rewound.
  ///
  /// In place of a pipe, since a command may end without reading it: Subprocess traps if its write fails.
  private static func file(of text: String) throws -> FileDescriptor {
    let number = memfd_create("judge", memfd_sealable)
    guard number >= 0 else {
      throw JudgeFailure(description: "no file for its input: error \(errno)")
    }
    let file = FileDescriptor(rawValue: number)
    do {
      _ = try file.writeAll(text.utf8)
      _ = try file.seek(offset: 0, from: .start)
    } catch {
      try? file.close()
      throw JudgeFailure(description: "no file for its input: \(error)")
    }
    return file
  }

  /// Parses the answer; lines that cannot be parsed do not invalidate the others.
  private static func answers(in output: String) -> Answers {
    let decoder = JSONDecoder()
    var answers = Answers()
    for line in output.split(whereSeparator: \.isNewline) {
      guard let answer = try? decoder.decode(Answer.self, from: Data(line.utf8)),
        let grade = Verdict.Grade(rawValue: answer.verdict)
      else {
        let shown = Printable.line(String(line.prefix(200)))
        answers.failure = JudgeFailure(
          description:
            "it answered \(shown), not a JSON object with id and verdict (bad, odd or good)")
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

/// Why the judge gave no verdicts, or not all.
struct JudgeFailure: Error, CustomStringConvertible {
  let description: String
}
