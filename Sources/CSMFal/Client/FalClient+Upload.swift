import CSMCore
import Foundation

extension FalClient {
  private static let initiateDeadline: Duration = .seconds(15)
  private static let putDeadline: Duration = .seconds(40)
  /// The longest time that one upload takes.
  package static let uploadDeadline = initiateDeadline + putDeadline
  private static let uploadLifetime =
    #"{"expiration_duration_seconds":\#(Upload.lifetime.components.seconds)}"#

  /// Uploads a file to fal's storage.
  ///
  /// Requests an upload URL with the key, then PUTs the bytes there without it. Neither request
  /// costs anything, and a file whose URL gets lost expires. The transport follows no redirects.
  ///
  /// - Parameters:
  ///   - name: the file's name, which fal may show in the URL.
  ///   - type: its media type, such as `audio/wav`.
  package func upload(_ bytes: [UInt8], name: String, type: String) async -> UploadOutcome {
    switch await initiate(name: name, type: type) {
    case .failure(let failure): return failure.outcome
    case .success(let place):
      let urls = UploadURL(services)
      guard let policy = urls.policy(for: place.uploadURL), urls.policy(for: place.fileURL) != nil
      else {
        return .refused(
          Problem(
            "upload_not_allowed",
            "fal's upload URL \(place.uploadURL.prefix(200)) is not a public https address"
          ))
      }
      return await put(bytes, type: type, place, policy)
    }
  }

  /// Requests an upload URL and uploads nothing: a free request that a locked account is refused,
  /// even where reads are answered.
  ///
  /// - Returns: nil if fal gives a URL.
  package func uploadRefusal() async -> UploadOutcome? {
    switch await initiate(name: "check.wav", type: "audio/wav") {
    case .success: nil
    case .failure(let failure): failure.outcome
    }
  }

  /// Whether fal may be told to read a file at `url`.
  package func mayRead(_ url: String) -> Bool { UploadURL(services).policy(for: url) != nil }

  /// Why fal gave no upload URL.
  private struct NoPlace: Error {
    let outcome: UploadOutcome
  }

  private func initiate(name: String, type: String) async -> Result<UploadPlaceMessage, NoPlace> {
    let file = ["content_type": type, "file_name": name]
    guard let body = try? JSONEncoder.sorted.encode(file) else {
      let problem = Problem("bad_name", "the clip's name cannot be written as JSON")
      return .failure(NoPlace(outcome: .refused(problem)))
    }
    var request = HTTPRequest(
      .post, "\(services.restURL)/storage/upload/initiate?storage_type=fal-cdn-v3",
      headers: [
        HTTPHeader("Content-Type", "application/json"),
        HTTPHeader("X-Fal-Object-Lifecycle-Preference", Self.uploadLifetime),
      ],
      body: Array(body), deadline: Self.initiateDeadline)
    guard let result = await send(&request) else {
      return .failure(NoPlace(outcome: .gated(.auth, Self.keyless)))
    }
    switch result {
    case .failure(let failure):
      return .failure(NoPlace(outcome: .later(Problem(failure).aboutUpload)))
    case .success(let answer):
      if answer.isSuccess, let place = answer.decode(UploadPlaceMessage.self) {
        return .success(place)
      }
      return .failure(NoPlace(outcome: UploadOutcome(answer)))
    }
  }

  private func put(
    _ bytes: [UInt8], type: String, _ place: UploadPlaceMessage, _ policy: HTTPRequest.AddressPolicy
  ) async -> UploadOutcome {
    let result = await transport.send(
      HTTPRequest(
        .put, place.uploadURL, headers: [HTTPHeader("Content-Type", type)], body: bytes,
        deadline: Self.putDeadline, stallDeadline: .seconds(20), addresses: policy))
    switch result {
    case .failure(let failure) where [.invalidRequest, .refusedAddress].contains(failure.kind):
      // A name can lead to a wrong address for a while.
      return .refused(Problem(failure).aboutUpload, isSure: failure.kind == .invalidRequest)
    case .failure(let failure): return .later(Problem(failure).aboutUpload)
    case .success(let response):
      return UploadOutcome(storageStatus: response.head.status, fileURL: place.fileURL)
    }
  }
}

extension Problem {
  var aboutUpload: Problem { Problem(kind, "uploading a clip: \(message)") }
}
