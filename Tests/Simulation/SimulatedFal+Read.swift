import CSMCore
import CSMFal

extension SimulatedFal.State {
  /// Answers a call for the status or the result, or a call to cancel.
  mutating func read(_ request: HTTPRequest, at now: Timestamp)
    -> Result<HTTPResponse, HTTPFailure>
  {
    if let fault = readFault() { return fault }
    let begin = "\(SimulatedFal.queueURL)/\(SimulatedFal.application)/requests/"
    guard request.url.hasPrefix(begin) else {
      complaints.append("\(request.url) was called")
      return .json(404, #"{"detail":"Not Found"}"#)
    }
    let parts = request.url.dropFirst(begin.count).split(separator: "?")[0].split(separator: "/")
    let id = String(parts[0])
    if requests[id]?.wasAsked == false {
      requests[id]?.wasAsked = true
      asked.append(id)
    }
    guard let known = requests[id], known.phase(at: now) != .unknown else {
      return .json(404, #"{"status":"NOT_FOUND"}"#)
    }
    switch (request.method, parts.dropFirst().first) {
    case (.put, "cancel"): return cancel(known, at: now)
    case (.get, "status"): return status(known, at: now)
    case (.get, nil): return result(known, at: now)
    default:
      complaints.append("\(request.method.rawValue) \(request.url)")
      return .json(405, #"{"detail":"Method Not Allowed"}"#)
    }
  }

  private mutating func readFault() -> Result<HTTPResponse, HTTPFailure>? {
    if faults.strike(.noAnswer) {
      return .failure(HTTPFailure(.timeout, "no answer in time", sent: true))
    }
    if faults.strike(.serverErrorOnRead) { return .page(generator.whole(500...504)) }
    if faults.strike(.pageInsteadOfJSON) { return .page(200) }
    if faults.strike(.unreadableJSON) { return .json(202, #"{"status":["IN_"#) }
    if faults.strike(.tooManyReads) {
      return .json(429, #"{"detail":"slow down"}"#, [HTTPHeader("retry-after", "3")])
    }
    return nil
  }

  private func status(_ request: SimulatedFal.Request, at now: Timestamp)
    -> Result<HTTPResponse, HTTPFailure>
  {
    let front = #""request_id":"\#(request.id)","status":"#
    switch request.phase(at: now) {
    case _ where request.hasUnknownStatus: return .json(202, #"{\#(front)"SLEEPING"}"#)
    case .inQueue: return .json(202, #"{\#(front)"IN_QUEUE","queue_position":3}"#)
    case .inProgress: return .json(202, #"{\#(front)"IN_PROGRESS"}"#)
    case .completed, .cancelled, .unknown:
      let seconds = request.end.since(request.start).seconds
      // The status, too, shows a failure of the platform.
      let error =
        if case .fault(503, _, _, .max) = request.fate {
          #","error":"no runner","error_type":"runner_scheduling_failure""#
        } else {
          ""
        }
      return .json(
        200, #"{\#(front)"COMPLETED","metrics":{"inference_time":\#(seconds)}\#(error)}"#)
    }
  }

  private mutating func result(_ request: SimulatedFal.Request, at now: Timestamp)
    -> Result<HTTPResponse, HTTPFailure>
  {
    switch request.phase(at: now) {
    case .inQueue, .inProgress: return .json(400, #"{"detail":"Request is still in progress"}"#)
    case .cancelled, .unknown:
      return .json(499, #"{"detail":"cancelled","error_type":"client_cancelled"}"#)
    case .completed: break
    }
    if case .fault(let status, let body, let units, let looks) = request.fate, looks > 0 {
      requests[request.id]?.countLook()
      let header = units.map { HTTPHeader("x-fal-billable-units", String($0)) }
      return .json(status, body, header.map { [$0] } ?? [])
    }
    let body = """
      {"audio":{"url":"\(SimulatedFal.filesURL)\(request.id).wav","content_type":"audio/wav",\
      "file_name":"../../\(request.id)","file_size":\(request.fileSize)}}
      """
    return .json(200, body, [HTTPHeader("x-fal-billable-units", "0.02")])
  }

  private mutating func cancel(_ request: SimulatedFal.Request, at now: Timestamp)
    -> Result<HTTPResponse, HTTPFailure>
  {
    switch request.phase(at: now) {
    case .inQueue:
      requests[request.id]?.cancelledAt = now
      return .json(200, #"{"status":"OK"}"#)
    case .inProgress:
      if !request.ignoresCancel { requests[request.id]?.cancelledAt = now }
      return .json(202, #"{"status":"CANCELLATION_REQUESTED"}"#)
    case .completed, .cancelled, .unknown:
      return .json(400, #"{"status":"ALREADY_COMPLETED"}"#)
    }
  }

  /// Answers a download of audio.
  mutating func file(_ request: HTTPRequest, at now: Timestamp)
    -> Result<HTTPResponse, HTTPFailure>
  {
    let id = String(request.url.dropFirst(SimulatedFal.filesURL.count).dropLast(4))
    guard let known = requests[id], let sink = request.sink else { return .page(404) }
    if isOn(.noFiles, at: now) || faults.strike(.fileServerFails) { return .page(503) }
    if faults.strike(.fileMissing) { return .page(404) }
    if faults.strike(.fileCutOff) {
      _ = pour(known.audio.dropLast(known.audio.count / 2), into: sink)
      return .failure(HTTPFailure(.closed, "the connection ended before the file", sent: true))
    }
    if faults.strike(.fileSlow) {
      _ = pour(known.audio.dropLast(known.audio.count / 2), into: sink)
      return .failure(HTTPFailure(.stalled, "too slow", sent: true))
    }
    if faults.strike(.fileTooShort) { return pour(known.audio.dropLast(10), into: sink) }
    if faults.strike(.pageInsteadOfAudio) {
      return pour([UInt8]("<html>no audio here</html>".utf8)[...], into: sink)
    }
    return pour(known.audio[...], into: sink)
  }

  private func pour(_ bytes: ArraySlice<UInt8>, into sink: any ByteSink)
    -> Result<HTTPResponse, HTTPFailure>
  {
    let head = HTTPHead(status: 200)
    let refused = HTTPFailure(.sinkRefused, "the sink did not want it", sent: true, head: head)
    guard sink.begin(head) else { return .failure(refused) }
    // Two pieces, so that a write can fail after another one succeeded.
    for piece in [bytes.prefix(bytes.count / 2), bytes.dropFirst(bytes.count / 2)] {
      guard piece.withUnsafeBytes(sink.append) else { return .failure(refused) }
    }
    return .success(HTTPResponse(head: head))
  }
}

extension SimulatedFal.Request {
  /// Counts one look at a passing fault.
  fileprivate mutating func countLook() {
    guard case .fault(let status, let body, let units, let looks) = fate, looks < .max else {
      return
    }
    fate = .fault(status, body, units: units, looks: looks - 1)
  }
}
