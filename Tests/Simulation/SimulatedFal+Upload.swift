import CSMCore
import CSMFal
import CSMFiles
import Synchronization

extension SimulatedFal {
  static let uploadURL = "https://upload.fal.media/put/"

  /// The uploaded files by URL.
  var uploaded: [String: Digest] {
    state.withLock { state in
      state.uploads.reduce(into: [:]) { files, entry in
        files[Self.filesURL + entry.key] = entry.value.digest
      }
    }
  }

  /// A place that fal promised for an upload.
  struct PromisedFile {
    /// The uploaded file; nil before it arrives.
    var digest: Digest?
    /// When fal deletes the file.
    var expiresAt: Timestamp
  }
}

extension SimulatedFal.State {
  /// Answers a call for a place to upload a file.
  mutating func promise(_ request: HTTPRequest, at now: Timestamp)
    -> Result<HTTPResponse, HTTPFailure>
  {
    let address = "\(SimulatedFal.restURL)/storage/upload/initiate?storage_type=fal-cdn-v3"
    guard request.method == .post, request.url == address else {
      complaints.append("\(request.method.rawValue) \(request.url)")
      return .json(404, #"{"detail":"Not Found"}"#)
    }
    if faults.strike(.uploadPlaceLost) {
      return .failure(HTTPFailure(.timeout, "no answer in time", sent: true))
    }
    if faults.strike(.uploadPlaceRefused) {
      return generator.happens(0.5)
        ? .page(503) : .json(429, #"{"detail":"slow down"}"#)
    }
    let id = "u\(uploads.count + 1)-\(UInt32(generator.share() * 4_000_000_000)).wav"
    let lasts =
      faults.strike(.uploadForgotten) ? generator.seconds(0...7200) : .seconds(30 * 86_400)
    uploads[id] = SimulatedFal.PromisedFile(expiresAt: now + lasts)
    let hostile = [
      "http://169.254.169.254/put/\(id)", "file:///etc/passwd", "https://x@fal.media/put/\(id)",
    ]
    let place =
      faults.strike(.uploadPlaceHostile)
      ? generator.element(of: hostile) ?? "" : SimulatedFal.uploadURL + id
    return .json(
      200, #"{"file_url":"\#(SimulatedFal.filesURL + id)","upload_url":"\#(place)"}"#)
  }

  /// Answers an upload to a promised place.
  mutating func put(_ request: HTTPRequest, at now: Timestamp) -> Result<HTTPResponse, HTTPFailure>
  {
    let id = String(request.url.dropFirst(SimulatedFal.uploadURL.count))
    guard request.method == .put, request.addresses == .publicOnly, uploads[id] != nil else {
      complaints.append(
        "\(request.method.rawValue) \(request.url), to \(request.addresses) addresses")
      return .page(404)
    }
    if isOn(.noFiles, at: now) || faults.strike(.uploadFails) {
      return generator.happens(0.3)
        ? .failure(HTTPFailure(.connect, "nothing answers there", sent: false)) : .page(503)
    }
    if faults.strike(.uploadRedirected) {
      return .success(
        HTTPResponse(
          head: HTTPHead(status: 307, headers: [HTTPHeader("location", "https://x.example/")])))
    }
    uploads[id]?.digest = Digest(of: request.body)
    if faults.strike(.uploadAnswerLost) {
      return .failure(
        HTTPFailure(.closed, "the connection ended before the answer did", sent: true))
    }
    return .success(HTTPResponse(head: HTTPHead(status: 200)))
  }

  /// Whether the model will find all clips of an input when it looks for them.
  mutating func finds(_ context: [SpeechRequest.Clip], at moment: Timestamp) -> Bool {
    context.allSatisfy { clip in
      let id = String(clip.audioURL.dropFirst(SimulatedFal.filesURL.count))
      guard clip.audioURL.hasPrefix(SimulatedFal.filesURL), let file = uploads[id] else {
        complaints.append("a context names \(clip.audioURL), which is not an upload")
        return false
      }
      if file.digest == nil { complaints.append("a context names \(id), which never arrived") }
      return file.digest != nil && moment < file.expiresAt
    }
  }
}
