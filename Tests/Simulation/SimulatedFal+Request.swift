import CSMCore
import CSMFiles
import Foundation

extension SimulatedFal {
  /// One accepted request, and everything that will happen to it.
  struct Request {
    let id: String
    /// The JSON that was posted.
    let body: String
    let sentAt: Timestamp
    var start: Timestamp
    var end: Timestamp
    var fate: Fate
    let audio: [UInt8]
    /// The size that the result names.
    var fileSize: Int
    /// When the list begins to show it; nil for never.
    var listedAt: Timestamp?
    var isListedWithInput = true
    /// The time during which fal says that it does not know the id.
    var denied: Range<Timestamp>?
    /// The time during which it is back in the queue after a runner failed.
    var fallBack: Range<Timestamp>?
    var ignoresCancel = false
    var hasUnknownStatus = false
    /// Whether the daemon has asked about it, and so knows the id.
    var wasAsked = false
    var cancelledAt: Timestamp?

    /// How it ends, if nobody cancels it.
    enum Fate {
      case audio
      /// The first `looks` answers have this status and body, later ones the audio.
      case fault(Int, String, units: Double?, looks: Int)

      /// Whether it first says that the request failed, and later that it did not.
      var passes: Bool {
        if case .fault(let status, _, _, let looks) = self {
          status != 200 && looks < .max
        } else {
          false
        }
      }
    }

    enum Phase { case inQueue, inProgress, completed, cancelled, unknown }

    func phase(at now: Timestamp) -> Phase {
      if let denied, denied.contains(now) { return .unknown }
      if cancelledAt != nil { return .cancelled }
      if now < start { return .inQueue }
      if let fallBack, fallBack.contains(now), now < end { return .inQueue }
      return now < end ? .inProgress : .completed
    }
  }
}

extension SimulatedFal.State {
  /// Accepts a request, which costs money from here on.
  @discardableResult
  mutating func accept(_ body: [UInt8], at now: Timestamp) -> SimulatedFal.Request? {
    guard let input = try? JSONDecoder().decode(SpeechRequest.self, from: Data(body)) else {
      complaints.append("a POST's body is not an input of the model")
      return nil
    }
    let id = "r\(order.count + 1)-\(UInt32(generator.share() * 4_000_000_000))"
    let runner = runners.indices.min { runners[$0] < runners[$1] } ?? 0
    let start = max(now, runners[runner]) + generator.seconds(0...1)
    let end = start + generator.seconds(pace)
    runners[runner] = end
    // A tenth of all audio is identical: the store must cope with that.
    let audio = SampleAudio.bytes(seed: generator.happens(0.1) ? "silence" : id)
    let fate = finds(input.context, at: start) ? drawFate() : Self.clipIsGone
    var request = SimulatedFal.Request(
      id: id, body: String(decoding: body, as: UTF8.self), sentAt: now, start: start, end: end,
      fate: fate, audio: audio, fileSize: audio.count,
      listedAt: now + generator.seconds(0...lag))
    if faults.strike(.wrongFileSize) { request.fileSize += generator.whole(1...1000) }
    if faults.strike(.neverListed) { request.listedAt = nil }
    if faults.strike(.listedWithoutInput) { request.isListedWithInput = false }
    if faults.strike(.cancelIgnored) { request.ignoresCancel = true }
    if faults.strike(.fallsBackIntoQueue) {
      let back = start + generator.seconds(0...pace.upperBound)
      request.fallBack = back..<back + generator.seconds(0...pace.upperBound)
    }
    if faults.strike(.deniedForAWhile) {
      let begin = now + generator.seconds(0...60)
      request.denied = begin..<begin + generator.seconds(1...2400)
    }
    if faults.strike(.deniedForGood) {
      request.denied = now + generator.seconds(0...60)..<Timestamp(milliseconds: .max)
      if generator.happens(0.5) { request.listedAt = nil }
    }
    if faults.strike(.neverEnds) { request.end = Timestamp(milliseconds: .max) }
    if faults.strike(.neverStarts) {
      (request.start, request.end) = (Timestamp(milliseconds: .max), Timestamp(milliseconds: .max))
    }
    if faults.strike(.unknownStatus) { request.hasUnknownStatus = true }
    requests[id] = request
    order.append(id)
    ledger.append(
      LedgerEntry(
        requestID: id, input: input, audio: Digest(of: audio), seemsToFail: fate.passes))
    return request
  }

  /// Accepts late submits that have arrived by now.
  mutating func acceptLate(at now: Timestamp) {
    let arrived = late.filter { $0.at <= now }
    guard !arrived.isEmpty else { return }
    late.removeAll { $0.at <= now }
    for (at, body) in arrived { accept(body, at: at) }
  }

  private static let clipIsGone = SimulatedFal.Request.Fate.fault(
    422, #"{"detail":[{"loc":["body"],"msg":"no clip there","type":"file_download_error"}]}"#,
    units: 0, looks: .max)

  private mutating func drawFate() -> SimulatedFal.Request.Fate {
    let fault = #"{"detail":[{"loc":["body"],"msg":"no","type":"%"}]}"#
    func model(_ type: String) -> String { fault.replacing("%", with: type) }
    if faults.strike(.modelRefuses) {
      return .fault(422, model("sequence_too_long"), units: 0, looks: .max)
    }
    if faults.strike(.modelFails) {
      return .fault(500, model("internal_server_error"), units: nil, looks: .max)
    }
    if faults.strike(.modelFailsForGood) {
      return .fault(500, model("downstream_service_error"), units: 0.01, looks: .max)
    }
    if faults.strike(.platformTimesOut) {
      let body = #"{"detail":"no runner","error_type":"runner_scheduling_failure"}"#
      return .fault(503, body, units: nil, looks: .max)
    }
    let plain = #"{"detail":"Internal Server Error"}"#
    if faults.strike(.plainError) {
      return .fault(500, plain, units: nil, looks: generator.whole(1...4))
    }
    if faults.strike(.plainErrorForGood) { return .fault(500, plain, units: nil, looks: .max) }
    if faults.strike(.passingTypedError) {
      let body = #"{"detail":"Internal error","error_type":"internal_error"}"#
      return .fault(500, body, units: nil, looks: generator.whole(1...4))
    }
    if faults.strike(.passingRefusal) {
      let status = generator.element(of: [400, 401, 403, 405, 410, 451, 499]) ?? 400
      return .fault(status, #"{"detail":"Bad Request"}"#, units: nil, looks: generator.whole(1...4))
    }
    if faults.strike(.noAudioInResult) {
      return .fault(200, #"{"speech":null}"#, units: nil, looks: generator.whole(1...8))
    }
    return .audio
  }
}

/// Short WAV files, 24 kHz mono, 16 bits, that differ by their seed.
enum SampleAudio {
  static func bytes(seed: String) -> [UInt8] {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in seed.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let samples = 64 + Int(hash % 256)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(44 + samples * 2)
    func append(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }
    func append(_ number: UInt32, _ count: Int) {
      for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * shift))) }
    }
    append("RIFF")
    append(UInt32(36 + samples * 2), 4)
    append("WAVEfmt ")
    append(16, 4)
    append(1, 2)
    append(1, 2)
    append(24_000, 4)
    append(48_000, 4)
    append(2, 2)
    append(16, 2)
    append("data")
    append(UInt32(samples * 2), 4)
    for index in 0..<samples { append(UInt32(truncatingIfNeeded: hash >> (index % 48)), 2) }
    return bytes
  }
}
