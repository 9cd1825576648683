import Foundation
import HTTPTypes

/// The kinds of calls, which are counted and for which faults can be planned.
package enum CallKind: String, Sendable, CaseIterable {
  case submit
  case status
  case stream
  case result
  case cancel
  case listing
  case upload
  case download
  case balance
  case price
  case model
}

/// The meaning of a method and path; unambiguous, since the paths of fal's hosts do not collide.
enum Call: Equatable, Sendable {
  /// `subpath` is the path after `owner/app`, without a leading slash; the queue accepts any.
  case submit(app: String, subpath: String)
  case status(app: String, id: UUID)
  case stream(app: String, id: UUID)
  case result(app: String, id: UUID)
  case cancel(app: String, id: UUID)
  /// A request id that is not a UUID and so unknown to fal.
  case unknownRequest(CallKind)
  case listing
  case initiateUpload
  case uploadToken
  case uploadFile
  case putUpload(id: UUID)
  case audio(id: UUID)
  case uploadedFile(id: UUID)
  case balance
  case prices
  case models
  case control(String)
  case unknown

  /// - Parameter path: without a query.
  init(_ method: HTTPRequest.Method, _ path: String) {
    let parts = path.split(separator: "/").map(String.init)
    if parts.first == "_localfal" {
      self = .control(parts.dropFirst().joined(separator: "/"))
      return
    }
    self =
      switch method {
      case .post: Call(postTo: parts)
      case .put: Call(putTo: parts)
      case .get: Call(getFrom: parts)
      default: .unknown
      }
  }

  /// Any POST to a path of an application is a submit, even to that of a result.
  private init(postTo parts: [String]) {
    self =
      switch parts {
      case ["storage", "upload", "initiate"]: .initiateUpload
      case ["storage", "auth", "token"]: .uploadToken
      case ["files", "upload"]: .uploadFile
      default:
        if parts.count >= 2 {
          .submit(
            app: parts[0] + "/" + parts[1], subpath: parts.dropFirst(2).joined(separator: "/"))
        } else {
          .unknown
        }
      }
  }

  private init(putTo parts: [String]) {
    if parts.count == 2, parts[0] == "uploads" {
      self = UUID(uuidString: parts[1]).map { .putUpload(id: $0) } ?? .unknown
    } else if parts.count == 5, parts[2] == "requests", parts[4] == "cancel" {
      let app = parts[0] + "/" + parts[1]
      self =
        UUID(uuidString: parts[3]).map { .cancel(app: app, id: $0) } ?? .unknownRequest(.cancel)
    } else {
      self = .unknown
    }
  }

  private init(getFrom parts: [String]) {
    self =
      switch parts {
      case ["v1", "models", "requests", "by-endpoint"]: .listing
      case ["v1", "models", "pricing"]: .prices
      case ["v1", "models"]: .models
      case ["billing", "user_balance"]: .balance
      default:
        if parts.count == 3, parts[0] == "files" {
          Call(fileIn: parts[1], named: parts[2])
        } else if parts.count >= 4, parts[2] == "requests" {
          Call(requestOf: parts[0] + "/" + parts[1], parts[3], Array(parts.dropFirst(4)))
        } else {
          .unknown
        }
      }
  }

  private init(fileIn folder: String, named name: String) {
    if folder == "audio", name.hasSuffix(".wav") {
      self = UUID(uuidString: String(name.dropLast(4))).map { .audio(id: $0) } ?? .unknown
    } else {
      self = UUID(uuidString: folder).map { .uploadedFile(id: $0) } ?? .unknown
    }
  }

  private init(requestOf app: String, _ id: String, _ rest: [String]) {
    let id = UUID(uuidString: id)
    self =
      switch rest {
      case [], ["response"]:
        id.map { .result(app: app, id: $0) } ?? .unknownRequest(.result)
      case ["status"]:
        id.map { .status(app: app, id: $0) } ?? .unknownRequest(.status)
      case ["status", "stream"]:
        id.map { .stream(app: app, id: $0) } ?? .unknownRequest(.stream)
      default: .unknown
      }
  }

  /// The kind it counts as; nil for the stand-in's own controls and unknown paths.
  var kind: CallKind? {
    switch self {
    case .submit: .submit
    case .status: .status
    case .stream: .stream
    case .result: .result
    case .cancel: .cancel
    case .unknownRequest(let kind): kind
    case .listing: .listing
    case .initiateUpload, .uploadToken, .uploadFile, .putUpload: .upload
    case .audio, .uploadedFile: .download
    case .balance: .balance
    case .prices: .price
    case .models: .model
    case .control, .unknown: nil
    }
  }

  /// Whether it is addressed to fal's queue, and not to the REST API, the platform API or the CDN.
  var isOfQueue: Bool {
    switch self {
    case .submit, .status, .stream, .result, .cancel, .unknownRequest, .unknown: true
    case .listing, .initiateUpload, .uploadToken, .uploadFile, .putUpload, .audio, .uploadedFile,
      .balance, .prices, .models, .control:
      false
    }
  }
}
