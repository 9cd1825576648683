import CSMCore
import CSMFiles
import Foundation
import Synchronization

/// Who may use the page: each browser that opened an address with an unused ticket.
///
/// A ticket is exchanged for two secrets. The cookie lets the browser fetch the page and its audio. The key
/// goes with every call, in a header that only our own script can set. The cookie alone is therefore useless
/// to other pages in the browser. It is also useless to programs on other ports of this machine, to which
/// browsers send it, too.
///
/// Secrets are compared by their digests: the time for that reveals nothing about how much of a guess is right.
package final class Keyring: Sendable {
  /// How long a browser stays known.
  package static let lifetime: Duration = .seconds(7 * 86_400)
  /// The most browsers that are known at once; one more replaces the oldest.
  private static let browsersMax = 64

  /// The secrets that a browser gets for its ticket.
  package struct Pass: Sendable {
    package let cookie: String
    package let key: String
  }

  /// A browser that was let in, with the digests of its secrets and its expiry in milliseconds since 1970.
  struct Browser: Codable, Sendable, Equatable {
    let cookie: String
    let key: String
    let until: Int64
  }

  private struct State {
    var ticket = RandomToken.make()
    var browsers: [Browser]
  }

  private let state: Mutex<State>
  private let onChange: @Sendable (Keyring) -> Void

  /// - Parameters:
  ///   - saved: an earlier value of `saved`; nil for none.
  ///   - onChange: called when `ticket` and `saved` have changed.
  package init(
    saved: Data? = nil, onChange: @escaping @Sendable (Keyring) -> Void = { _ in }
  ) {
    let browsers = saved.flatMap { try? JSONDecoder().decode([Browser].self, from: $0) } ?? []
    state = Mutex(State(browsers: Array(browsers.suffix(Self.browsersMax))))
    self.onChange = onChange
  }

  /// The current ticket, which is good for one browser.
  package var ticket: String { state.withLock { $0.ticket } }

  /// The known browsers as JSON, for the next run of the program.
  package var saved: Data {
    let browsers = state.withLock { $0.browsers }
    return (try? JSONEncoder().encode(browsers)) ?? Data("[]".utf8)
  }

  /// Exchanges a ticket for secrets; nil if it is wrong or has been used.
  package func redeem(_ ticket: String, at now: Timestamp) -> Pass? {
    let pass: Pass? = state.withLock { state in
      guard Digest(of: ticket) == Digest(of: state.ticket) else { return nil }
      state.ticket = RandomToken.make()
      let pass = Pass(cookie: RandomToken.make(), key: RandomToken.make())
      state.browsers.removeAll { $0.until <= now.milliseconds }
      state.browsers.append(
        Browser(
          cookie: Digest(of: pass.cookie).hex, key: Digest(of: pass.key).hex,
          until: (now + Self.lifetime).milliseconds))
      state.browsers = state.browsers.suffix(Self.browsersMax)
      return pass
    }
    if pass != nil { onChange(self) }
    return pass
  }

  /// Whether the secrets are those of a known browser.
  ///
  /// - Parameter key: nil if the cookie alone is enough.
  package func admits(cookie: String, key: String?, at now: Timestamp) -> Bool {
    let mark = Digest(of: cookie).hex
    let browser = state.withLock { state in
      state.browsers.first { $0.cookie == mark && $0.until > now.milliseconds }
    }
    guard let browser else { return false }
    return key.map { Digest(of: $0).hex == browser.key } ?? true
  }
}
