import Crypto
import Foundation
import HTTPTypes
import Synchronization

extension LocalFal {
  /// Answers a call as fal would, without faults.
  func answer(_ incoming: IncomingCall) async throws -> Reply {
    if let refusal = refusal(of: incoming) { return refusal }
    switch incoming.call {
    case .submit(let app, let subpath):
      return try await submit(incoming, app: app, subpath: subpath)
    case .status(let app, let id): return status(incoming, app: app, id: id)
    case .stream(let app, let id): return stream(incoming, app: app, id: id)
    case .result(let app, let id): return try await result(incoming, app: app, id: id)
    case .cancel(let app, let id): return cancel(incoming, app: app, id: id)
    case .unknownRequest: return .notFound
    case .listing: return try await list(incoming)
    case .initiateUpload: return initiateUpload(incoming)
    case .uploadToken: return uploadToken(incoming)
    case .uploadFile: return try await uploadFile(incoming)
    case .putUpload(let id): return try await putUpload(incoming, id: id)
    case .audio(let id): return try await audioFile(incoming, id: id)
    case .uploadedFile(let id): return try uploadedFile(incoming, id: id)
    case .balance: return balance(incoming)
    case .prices: return prices(incoming)
    case .models: return models(incoming)
    case .control(let name): return control(incoming, name)
    case .unknown: return .detail(404, "Not Found")
    }
  }

  /// The answer to a caller with an invalid key or a locked account; nil for any other.
  private func refusal(of incoming: IncomingCall) -> Reply? {
    switch incoming.call {
    case .submit(let app, _):
      return keyRefusal(of: incoming, app: app) ?? lockRefusal ?? submitRefusal(at: incoming.now)
    case .status(let app, _), .stream(let app, _), .result(let app, _), .cancel(let app, _):
      return keyRefusal(of: incoming, app: app) ?? lockRefusal
    case .unknownRequest: return keyRefusal(of: incoming, app: "this") ?? lockRefusal
    case .initiateUpload, .uploadToken:
      return platformRefusal(of: incoming) ?? lockRefusal ?? submitRefusal(at: incoming.now)
    case .listing, .prices: return platformRefusal(of: incoming)
    case .models:
      return incoming.headers[.authorization] == nil ? nil : platformRefusal(of: incoming)
    case .balance:
      return isValid(incoming.key) ? nil : .detail(401, "invalid key credentials")
    case .uploadFile, .putUpload, .audio, .uploadedFile: return leakRefusal(of: incoming)
    case .control, .unknown: return nil
    }
  }

  private func isValid(_ key: String?) -> Bool {
    guard let key else { return false }
    return faultControl.withLock { $0.key == nil || $0.key == key }
  }

  private func keyRefusal(of incoming: IncomingCall, app: String) -> Reply? {
    if isValid(incoming.key) { return nil }
    guard incoming.headers[.authorization] == nil else {
      return .detail(401, "invalid key credentials")
    }
    return .detail(
      401,
      "Cannot access application \"\(app)\". "
        + "Authentication is required to access this application.")
  }

  private func platformRefusal(of incoming: IncomingCall) -> Reply? {
    if isValid(incoming.key) { return nil }
    return .platform(401, "authorization_error", "Authentication is required")
  }

  private var lockRefusal: Reply? { faultControl.withLock(\.lockReason).map(Reply.locked) }

  /// The answer to calls that cost money, from an account that may still read; nil if it may
  /// submit.
  private func submitRefusal(at now: Date) -> Reply? {
    if let reason = faultControl.withLock(\.submitLockReason) { return .locked(reason) }
    guard options.balanceLocks, let left = balance(at: now), left <= 0 else { return nil }
    return .locked("Exhausted balance.")
  }

  /// The answer to a public address that was sent the key: the leak is counted, and refused so that
  /// it is noticed.
  private func leakRefusal(of incoming: IncomingCall) -> Reply? {
    guard incoming.headers[.authorization]?.hasPrefix("Key ") == true else { return nil }
    faultControl.withLock { $0.keyLeaks += 1 }
    return .detail(400, "The key was sent to a public address")
  }
}
