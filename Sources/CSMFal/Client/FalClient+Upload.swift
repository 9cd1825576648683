import CSMCore
import Foundation

extension FalClient {
  private static let initiateDeadline: Duration = .seconds(15)
  private static let putDeadline: Duration = .seconds(40)
  /// The longest that one upload takes.
  package static let uploadDeadline = initiateDeadline + putDeadline
  private static let uploadLifetime =
    #"{"expiration_duration_seconds":\#(Upload.lifetime.components.seconds)}"#

  /// Brings a file into fal's storage.
  ///
  /// Asks for a place with the key, then puts the bytes there without it. Neither request costs anything, and what gets lost of one lies at fal until it expires.
  ///
  /// No redirect is followed, since the transport follows none.
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
            "fal wants the clip at \(place.uploadURL.prefix(200)), which is no public https address"
          ))
      }
      return await put(bytes, type: type, place, policy)
    }
  }

  /// Asks for a place for a clip and brings nothing there: free, and refused where the account is locked,
  /// also where reads are answered.
  ///
  /// - Returns: nil where there is a place.
  package func uploadRefusal() async -> UploadOutcome? {
    switch await initiate(name: "check.wav", type: "audio/wav") {
    case .success: nil
    case .failure(let failure): failure.outcome
    }
  }

  /// Whether fal may be told to read a file there.
  package func mayRead(_ url: String) -> Bool { UploadURL(services).policy(for: url) != nil }

  /// Why there is no place for the file.
  private struct NoPlace: Error {
    let outcome: UploadOutcome
  }

  private func initiate(name: String, type: String) async -> Result<UploadPlaceMessage, NoPlace> {
    let wish = ["content_type": type, "file_name": name]
    guard let body = try? JSONEncoder.sorted.encode(wish) else {
      return .failure(NoPlace(outcome: .refused(Problem("bad_name", "the clip has no name"))))
    }
    var request = HTTPRequest(
      .post, "\(services.restURL)/storage/upload/initiate?storage_type=fal-cdn-v3",
      headers: [
        HTTPHeader("Content-Type", "application/json"),
        HTTPHeader("X-Fal-Object-Lifecycle-Preference", Self.uploadLifetime),
      ],
      body: Array(body), deadline: Self.initiateDeadline)
    guard let result = await send(&request) else {
      return .failure(NoPlace(outcome: .shut(.auth, Self.keyless)))
    }
    switch result {
    case .failure(let failure):
      return .failure(NoPlace(outcome: .later(Problem(failure).aboutUpload)))
    case .success(let answer):
      if (200...299).contains(answer.status), let place = answer.decode(UploadPlaceMessage.self) {
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
      return .refused(Problem(failure).aboutUpload)
    case .failure(let failure): return .later(Problem(failure).aboutUpload)
    case .success(let response) where (200...299).contains(response.head.status):
      return .uploaded(url: place.fileURL)
    case .success(let response):
      let problem = Problem(
        "upload_failed", "fal's storage answered \(response.head.status) to the clip")
      // What is wrong with the file itself; all else may be another with another place.
      return [400, 411, 413, 415, 422].contains(response.head.status)
        ? .refused(problem) : .later(problem)
    }
  }
}

extension UploadOutcome {
  /// What an answer that names no place means.
  init(_ answer: FalAnswer) {
    let problem = answer.problem("upload_failed").aboutUpload
    switch answer.status {
    case 401 where answer.isFals, 402 where answer.isFals, 403 where answer.isFals:
      self = .shut(answer.shutGate ?? .auth, problem)
    case 400 where answer.isFals, 413 where answer.isFals, 415 where answer.isFals,
      422 where answer.isFals:
      self = .refused(problem)
    default: self = .later(problem)
    }
  }
}

extension Problem {
  fileprivate var aboutUpload: Problem { Problem(kind, "uploading a clip: \(message)") }
}
