import CSMCore
import Testing

@testable import CSMReports
@testable import CSMSQLite

@Suite("What status advises about failed lines")
struct CauseTests {
  private func advice(_ kind: String) -> String? {
    JobTable.Cause(state: .failed, kind: kind, lines: 1).nextStep("")
  }

  @Test(
    "is to try again where the words are not at fault",
    arguments: [
      "runner_scheduling_failure", "runner_connection_refused", "runner_connection_error",
      "runner_incomplete_response", "runner_server_error", "internal_error", "unread_result",
      "not_found", "no_audio",
    ])
  func again(_ kind: String) {
    #expect(advice(kind) == "this may be temporary: csm-enqueue retry --error \(kind)")
  }

  @Test("is to change the words where the model refuses them")
  func words() {
    #expect(advice("content_policy_violation")?.hasPrefix("change the words") == true)
  }
}
