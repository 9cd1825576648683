import CSMCore
import CSMSQLite

extension JobTable.Cause {
  /// What a person may do about lines of this kind; nil if csmd goes on by itself.
  ///
  /// - Parameter batch: the option that names the batch in a command, such as ` --batch night1`.
  func nextStep(_ batch: String) -> String? {
    let retry = "csm-enqueue retry\(batch) --error \(ShellWord.quoted(kind))"
    switch state {
    case .failed: return failed(retry)
    case .held: return held(retry, batch)
    case .queued, .submitting, .unknown, .inQueue, .inProgress, .completed, .stored, .cancelled:
      return nil
    }
  }

  private func failed(_ retry: String) -> String {
    switch kind {
    case Problem.lostAtFal:
      "\(retry) asks fal once more; if fal has nothing, it sends and pays again"
    case "server_error", "internal_server_error", "generation_timeout", "runner_disconnected",
      "runner_connection_timeout", "runner_connection_refused", "runner_connection_error",
      "runner_incomplete_response", "runner_scheduling_failure", "runner_server_error",
      "internal_error", "downstream_service_error", "downstream_service_unavailable",
      "request_timeout", "startup_timeout", "unread_result", "not_found", "no_audio":
      "this may be temporary: \(retry)"
    default:
      "change the words (csm-enqueue edit ID --text WORDS, or edit the file and add it again); if it may "
        + "be temporary, \(retry)"
    }
  }

  private func held(_ retry: String, _ batch: String) -> String {
    let cancel = "csm-enqueue cancel\(batch) --error \(ShellWord.quoted(kind)) gives up"
    switch kind {
    case Problem.lostSubmit, "restarted":
      return "\(retry) looks at fal once more, then sends again (may pay twice); \(cancel)"
    case Problem.lostAtFal: return "\(retry) sends again (may pay twice); \(cancel)"
    case JobTable.lostAudio:
      return "csm-enqueue retry --lost downloads it again at no cost, while fal still has it"
    case "host_not_allowed":
      return
        "if you trust the host, add it to CSM_CDN_HOSTS and restart csmd; then \(retry) downloads it "
        + "at no cost"
    case "too_large":
      return "raise CSM_MAX_AUDIO_BYTES and restart csmd; then \(retry) downloads it at no cost"
    case "no_clip", "clip_too_large", "clip_damaged":
      return
        "csm-enqueue voice check shows what is wrong with the voice; add its clip again, then \(retry)"
    case UnreadableRow.kind:
      return
        "csm-enqueue show ID names the damaged value: correct it, then \(retry); or csm-enqueue cancel"
    default: return "\(retry) asks fal again before it pays; \(cancel)"
    }
  }
}
