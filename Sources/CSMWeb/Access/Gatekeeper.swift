import CSMCore
import HTTPTypes

/// Decides whether a call is answered, from its headers alone.
///
/// The page answers to names of this machine only. With another name that resolves here, an attacker could
/// use a visitor's browser to make calls (DNS rebinding). A change must come from our own page.
struct Gatekeeper: Sendable {
  let keyring: Keyring

  /// The name of the cookie for a host, with the port by which the browser knows the page.
  ///
  /// Browsers send a cookie to all ports of a host: with one name, two pages would log each other out.
  static func cookieName(for host: String) -> String { "csm_web_\(port(of: host) ?? 80)" }

  /// Why a call is refused.
  enum Denial: Sendable, Equatable {
    /// It names another host, or comes from another page; with the reason, for people.
    case strange(String)
    /// It shows no valid cookie or key.
    case unknown
  }

  /// What a call must show; each case includes the ones before it.
  enum Need: Sendable {
    /// A name of this machine, and for a change its origin.
    case name
    case cookie
    case key
  }

  /// Why a call may not be answered; nil if it may.
  func refusal(of head: HTTPRequest, need: Need, at now: Timestamp) -> Denial? {
    guard let host = head.authority, Self.isLocal(host) else {
      return .strange("this page can be reached only as localhost or 127.0.0.1")
    }
    guard Self.comesFromHere(head, host: host) else {
      return .strange("this request came from another page")
    }
    if case .name = need { return nil }
    guard let cookie = Self.cookie(Self.cookieName(for: host), in: head) else { return .unknown }
    let key = head.headerFields[.csmKey]
    if case .key = need {
      guard let key, keyring.admits(cookie: cookie, key: key, at: now) else { return .unknown }
      return nil
    }
    return keyring.admits(cookie: cookie, key: nil, at: now) ? nil : .unknown
  }

  /// Whether a name, with or without a port, can only mean this machine.
  ///
  /// Any port will do: it may be the near end of a tunnel.
  static func isLocal(_ host: String) -> Bool {
    var name = Substring(host)
    if let colon = colon(in: host) {
      guard port(of: host) != nil else { return false }
      name = host[..<colon]
    }
    return ["localhost", "127.0.0.1", "[::1]"].contains(name.lowercased())
  }

  /// The port that a host names; nil if there is none.
  private static func port(of host: String) -> UInt16? {
    guard let colon = colon(in: host) else { return nil }
    let port = host[host.index(after: colon)...]
    guard (1...5).contains(port.count), port.allSatisfy(\.isASCII) else { return nil }
    return UInt16(port)
  }

  /// The colon before a port; those of an IPv6 address are in brackets.
  private static func colon(in host: String) -> String.Index? {
    host.hasSuffix("]") ? nil : host.lastIndex(of: ":")
  }

  /// Whether our own page makes the call, as far as the browser says.
  ///
  /// A change must have an `Origin`.
  private static func comesFromHere(_ head: HTTPRequest, host: String) -> Bool {
    let site = head.headerFields[.secFetchSite]
    let isChange = head.method != .get && head.method != .head
    if let origin = head.headerFields[.origin] {
      guard origin.lowercased() == "http://\(host.lowercased())" else { return false }
    } else if isChange {
      return false
    }
    // A link in a terminal or on another page may lead to /enter, and to nothing else.
    return site == nil || site == "same-origin" || (!isChange && site == "none")
      || (!isChange && head.path?.hasPrefix("/enter") == true)
  }

  private static func cookie(_ name: String, in head: HTTPRequest) -> String? {
    for field in head.headerFields[values: .cookie] {
      for part in field.split(separator: ";") {
        let pair = part.split(separator: "=", maxSplits: 1)
        guard pair.count == 2, pair[0].trimming == name else { continue }
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
