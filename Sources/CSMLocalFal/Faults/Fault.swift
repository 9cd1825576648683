/// A fault of one HTTP call.
package struct Fault: Sendable, Equatable {
  /// Whether the call takes effect, so that only the answer is affected.
  let takesEffect: Bool
  let mishap: Mishap
}

/// The ways an answer can go wrong.
package enum Mishap: Sendable, Equatable {
  /// RST before the body of the call is read.
  case refuse
  /// RST after the call is read.
  case reset
  /// FIN after the call is read.
  case close
  /// No answer after the call is read.
  case hang
  /// GOAWAY over HTTP/2; if the call has no effect, it names no stream, so the call was certainly
  /// not processed.
  case goAway
  /// RST_STREAM with REFUSED_STREAM over HTTP/2.
  case refuseStream

  /// A JSON error like fal's.
  case status(Int, retryAfter: String?)
  /// fal's 403 for a locked account, with this reason.
  case locked(reason: String)
  /// An HTML error page like that of a proxy in front of fal, without fal's headers.
  case page(Int)
  /// Only a status code, without fal's headers.
  case empty(Int)
  /// 307 to this address.
  case redirect(String)
  /// A JSON string of this length.
  case huge(bytes: Int)
  /// JSON that never ends.
  case endless
  /// 100,000 nested arrays.
  case deep
  /// Bytes that are neither UTF-8 nor JSON.
  case binary

  /// Half of the body, short of its Content-Length, then the connection ends.
  case truncate
  /// Half of the body, with a matching Content-Length.
  case short
  /// The body at this rate.
  case slow(bytesPerSecond: Int)
  /// The answer after a delay, as from a distant server.
  case late(milliseconds: Int)
  /// Half of the JSON, with a matching Content-Length.
  case malformed
  /// The body under another Content-Type.
  case mistype(String)
  /// Every URL in the JSON is replaced by this one.
  case addresses(String)

  /// Whether it modifies a real answer.
  var spoilsAnswer: Bool {
    switch self {
    case .truncate, .short, .slow, .late, .malformed, .mistype, .addresses: true
    default: false
    }
  }
}

extension Fault {
  /// Parses `name` and the `argument` after a colon; nil if there is no such fault.
  init?(_ name: String, argument: String?) {
    let isLate = name.hasSuffix("-after")
    let name = isLate ? String(name.dropLast("-after".count)) : name
    guard let mishap = Mishap(name, argument: argument) else { return nil }
    if isLate, mishap.spoilsAnswer || mishap == .refuse { return nil }
    self.init(takesEffect: isLate || mishap.spoilsAnswer, mishap: mishap)
  }
}

extension Mishap {
  fileprivate init?(_ name: String, argument: String?) {
    let number = argument.flatMap { Int($0) }
    switch (name, argument) {
    case ("refuse", nil): self = .refuse
    case ("reset", nil): self = .reset
    case ("close", nil): self = .close
    case ("hang", nil): self = .hang
    case ("goaway", nil): self = .goAway
    case ("refuse-stream", nil): self = .refuseStream
    case ("redirect", let address): self = .redirect(address ?? "http://127.0.0.1:9/elsewhere")
    case ("huge", nil): self = .huge(bytes: 64_000_000)
    case ("huge", .some):
      guard let number, number > 0 else { return nil }
      self = .huge(bytes: number)
    case ("endless", nil): self = .endless
    case ("deep", nil): self = .deep
    case ("binary", nil): self = .binary
    case ("truncate", nil): self = .truncate
    case ("short", nil): self = .short
    case ("slow", nil): self = .slow(bytesPerSecond: 1)
    case ("slow", .some):
      guard let number, number > 0 else { return nil }
      self = .slow(bytesPerSecond: number)
    case ("late", .some):
      guard let number, number > 0 else { return nil }
      self = .late(milliseconds: number)
    case ("malformed", nil): self = .malformed
    case ("type", let type): self = .mistype(type ?? "text/html")
    case ("addresses", .some(let address)): self = .addresses(address)
    case ("locked", let reason): self = .locked(reason: reason ?? "Exhausted balance.")
    default: self.init(statusNamed: name, retryAfter: argument)
    }
  }

  private init?(statusNamed name: String, retryAfter: String?) {
    let parts = name.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let status = Int(parts[0]), (200...599).contains(status) else { return nil }
    switch (parts.dropFirst().first, retryAfter) {
    case (nil, _): self = .status(status, retryAfter: retryAfter)
    case ("html", nil): self = .page(status)
    case ("empty", nil): self = .empty(status)
    default: return nil
    }
  }
}
