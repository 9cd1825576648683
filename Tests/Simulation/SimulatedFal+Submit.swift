import CSMCore
import CSMFal

extension SimulatedFal.State {
  /// Answers a submit, the only call that costs money.
  mutating func submit(_ request: HTTPRequest, at now: Timestamp)
    -> Result<HTTPResponse, HTTPFailure>
  {
    guard request.url == "\(SimulatedFal.queueURL)/\(SimulatedFal.application)" else {
      complaints.append("a POST went to \(request.url)")
      return .json(404, #"{"detail":"Not Found"}"#)
    }
    let silence = HTTPFailure(.closed, "the connection ended before the answer did", sent: true)
    if losesNextSubmit {
      losesNextSubmit = false
      switch generator.whole(0...2) {
      case 0: break
      case 1: accept(request.body, at: now)
      default: late.append((now + generator.seconds(1...50), request.body))
      }
      return .failure(silence)
    }
    if let refusal = refusal(at: now) { return refusal }
    if faults.strike(.lostBeforeAcceptance) { return .failure(silence) }
    if faults.strike(.acceptedLate) {
      late.append((now + generator.seconds(1...50), request.body))
      return .failure(HTTPFailure(.timeout, "no answer in time", sent: true))
    }
    guard let accepted = accept(request.body, at: now) else {
      return .json(422, #"{"detail":"no input"}"#)
    }
    if faults.strike(.lostAfterAcceptance) { return .failure(silence) }
    if faults.strike(.acceptedBehindForeignRefusal) {
      return .page(generator.element(of: [401, 402, 403, 408, 429]) ?? 403)
    }
    if faults.strike(.acceptedBehindError) {
      return generator.happens(0.5)
        ? .page(504) : .json(500, #"{"detail":"Internal Server Error"}"#)
    }
    if faults.strike(.unreadableAcceptance) {
      return .json(200, generator.happens(0.5) ? "" : #"{"request_id":"../../\#(accepted.id)"}"#)
    }
    // An id that the daemon already knows. It could not tell whose any other id is.
    let other = faults.strike(.idOfAnother) ? generator.element(of: asked) : nil
    return .json(200, acceptance(other ?? accepted.id))
  }

  /// An answer after which nothing was accepted; nil if the submit may go on.
  private mutating func refusal(at now: Timestamp) -> Result<HTTPResponse, HTTPFailure>? {
    if faults.strike(.notSent) {
      return .failure(HTTPFailure(.tls, "the handshake failed", sent: false))
    }
    if faults.strike(.tooManyRequests) {
      let wait = generator.element(of: ["0", "7", "120", "86400", "-1", "soon"]) ?? "7"
      return .json(429, #"{"detail":"slow down"}"#, [HTTPHeader("retry-after", wait)])
    }
    if faults.strike(.refusedByServer) { return .page(generator.happens(0.5) ? 502 : 503) }
    if manner.lock.contains(now), generator.happens(manner.lockedShare) {
      return .json(403, #"{"detail":"User is locked. Reason: Exhausted balance."}"#)
    }
    if faults.strike(.foreignRefusal) {
      return generator.happens(0.5)
        ? .page(generator.element(of: [401, 402, 403, 408, 429]) ?? 403)
        : .json(403, #"{"message":"no"}"#)
    }
    if faults.strike(.inputRejected) { return .json(422, #"{"detail":"no such voice"}"#) }
    return nil
  }

  private mutating func acceptance(_ id: String) -> String {
    let base = "\(SimulatedFal.queueURL)/\(SimulatedFal.application)/requests/\(id)"
    let hosts = [
      "https://queue.fal.run.example", "http://queue.fal.run", "https://x@queue.fal.run",
    ]
    let host = faults.strike(.hostileURLs) ? generator.element(of: hosts) : nil
    let given = host.map { base.replacing(SimulatedFal.queueURL, with: $0) } ?? base
    return """
      {"status":"IN_QUEUE","request_id":"\(id)","response_url":"\(given)",\
      "status_url":"\(given)/status","cancel_url":"\(given)/cancel","queue_position":0}
      """
  }
}
