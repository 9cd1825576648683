import Foundation
import HTTPTypes
import Testing

@testable import CSMLocalFal

@Suite("The meaning of a method and path")
struct CallTests {
  static let id = UUID()

  @Test(
    "are read as fal reads them",
    arguments: [
      ("POST", "/fal-ai/csm-1b", .submit(app: "fal-ai/csm-1b", subpath: "")),
      ("POST", "/fal-ai/csm-1b/a/b", .submit(app: "fal-ai/csm-1b", subpath: "a/b")),
      (
        "POST", "/fal-ai/csm-1b/requests/x",
        .submit(app: "fal-ai/csm-1b", subpath: "requests/x")
      ),
      ("GET", "/fal-ai/csm-1b/requests/\(id)/status", .status(app: "fal-ai/csm-1b", id: id)),
      ("GET", "/fal-ai/csm-1b/requests/\(id)/status/stream", .stream(app: "fal-ai/csm-1b", id: id)),
      ("GET", "/fal-ai/csm-1b/requests/\(id)", .result(app: "fal-ai/csm-1b", id: id)),
      ("GET", "/fal-ai/csm-1b/requests/\(id)/response", .result(app: "fal-ai/csm-1b", id: id)),
      ("PUT", "/fal-ai/csm-1b/requests/\(id)/cancel", .cancel(app: "fal-ai/csm-1b", id: id)),
      ("GET", "/fal-ai/csm-1b/requests/nonsense/status", .unknownRequest(.status)),
      ("GET", "/v1/models/requests/by-endpoint", .listing),
      ("GET", "/v1/models/pricing", .prices),
      ("GET", "/v1/models", .models),
      ("GET", "/billing/user_balance", .balance),
      ("POST", "/storage/upload/initiate", .initiateUpload),
      ("POST", "/storage/auth/token", .uploadToken),
      ("POST", "/files/upload", .uploadFile),
      ("PUT", "/uploads/\(id)", .putUpload(id: id)),
      ("GET", "/files/audio/\(id).wav", .audio(id: id)),
      ("GET", "/files/\(id)/clip.wav", .uploadedFile(id: id)),
      ("GET", "/fal-ai/csm-1b", .unknown),
      ("POST", "/alone", .unknown),
      ("PUT", "/_localfal/faults", .control("faults")),
    ] as [(String, String, Call)])
  func reading(method: String, path: String, expected: Call) throws {
    let method = try #require(HTTPRequest.Method(method))
    #expect(Call(method, path) == expected)
  }
}
