import CSMCore
import Testing

@testable import CSMDaemon

@Suite("The command of a judge")
struct JudgeCommandTests {
  /// More than a pipe holds.
  private static let long = String(repeating: "x", count: 1 << 20)

  @Test("may end without reading its input")
  func unread() async throws {
    let judge = JudgeCommand("exit 0", environment: ["PATH": "/usr/bin:/bin"])
    let answers = try await judge.judge([Self.long], within: .seconds(300))
    #expect(answers.verdicts.isEmpty && answers.failure == nil)
  }

  @Test("gets all of its input")
  func read() async throws {
    let command = #"test "$(wc -c)" = 1048577 && echo '{"id": 7, "verdict": "good"}'"#
    let judge = JudgeCommand(command, environment: ["PATH": "/usr/bin:/bin"])
    let answers = try await judge.judge([Self.long], within: .seconds(300))
    #expect(answers.verdicts[7]?.grade == .good && answers.failure == nil)
  }
}
