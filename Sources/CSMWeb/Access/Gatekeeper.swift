import CSMCore
import HTTPTypes

/// What a call must show before it is looked at.
///
/// The page is reached under a name of this machine only: another name that leads here is another's, who
/// means to have a browser speak for them (DNS rebinding). What changes anything comes from a page of ours.
struct Gatekeeper: Sendable {
  let keyring: Keyring

  static let cookieName = "csm_web"
  static let keyHeader = HTTPField.Name.csmKey

  /// Why a call is refused.
  enum Denial: Sendable, Equatable {
    /// Another name than this machine's, or another page.
    case strange(String)
    /// It was not let in.
    case unknown
  }

  /// How much a call must show.
  enum Need: Sendable {
    /// The right name of the machine.
    case name
    /// The cookie besides.
    case cookie
    /// The key besides; for a change, where it comes from.
    case key
  }

  /// Why a call may not be answered; nil where it may.
  func refusal(of head: HTTPRequest, need: Need, at now: Timestamp) -> Denial? {
    guard let host = head.authority, Self.isLocal(host) else {
      return .strange("this page is reached as localhost or 127.0.0.1 only")
    }
    guard Self.comesFromHere(head, host: host) else {
      return .strange("this came from another page")
    }
    if case .name = need { return nil }
    guard let cookie = Self.cookie(in: head) else { return .unknown }
    let key = head.headerFields[.csmKey]
    if case .key = need {
      guard let key, keyring.admits(cookie: cookie, key: key, at: now) else { return .unknown }
      return nil
    }
    return keyring.admits(cookie: cookie, key: nil, at: now) ? nil : .unknown
  }

  /// Whether a name, with or without a port, can mean nothing but this machine; the port may be the near
  /// end of a tunnel.
  static func isLocal(_ host: String) -> Bool {
    var name = Substring(host)
    if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") {
      let port = host[host.index(after: colon)...]
      guard (1...5).contains(port.count), port.allSatisfy(\.isASCII), UInt16(port) != nil else {
        return false
      }
      name = host[..<colon]
    }
    return ["localhost", "127.0.0.1", "[::1]"].contains(name.lowercased())
  }

  /// Whether the page that calls is ours, as far as the browser tells; a change must tell.
  private static func comesFromHere(_ head: HTTPRequest, host: String) -> Bool {
    let site = head.headerFields[.secFetchSite]
    let isChange = head.method != .get && head.method != .head
    if let origin = head.headerFields[.origin] {
      guard origin.lowercased() == "http://\(host.lowercased())" else { return false }
    } else if isChange {
      return false
    }
    // A link in a terminal or another page may lead to the entrance; nothing else is of use to them.
    return site == nil || site == "same-origin" || (!isChange && site == "none")
      || (!isChange && head.path?.hasPrefix("/enter") == true)
  }

  private static func cookie(in head: HTTPRequest) -> String? {
    for field in head.headerFields[values: .cookie] {
      for part in field.split(separator: ";") {
        let pair = part.split(separator: "=", maxSplits: 1)
        guard pair.count == 2, pair[0].trimming == cookieName else { continue }
        return pair[1].trimming
      }
    }
    return nil
  }
}

extension Substring {
  fileprivate var trimming: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

extension HTTPField.Name {
  private static func ours(_ name: String) -> HTTPField.Name {
    guard let field = HTTPField.Name(name) else { preconditionFailure("no name of a header") }
    return field
  }

  static let csmKey = ours("X-CSM-Key")
  static let secFetchSite = ours("Sec-Fetch-Site")
}
