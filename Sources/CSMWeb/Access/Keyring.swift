import CSMCore
import Foundation
import Synchronization

/// Who may use the page: whoever opened an address with a ticket that was not used before.
///
/// A ticket is exchanged for two secrets. The cookie lets the browser fetch the page and its audio. The key
/// goes with every call, in a header that only our own script can set: a cookie alone is of no use, neither
/// to another page of the browser nor to a program on another port of this machine, which browsers send
/// it to as well.
package final class Keyring: Sendable {
  /// How long a browser need not ask for a new address.
  package static let lifetime: Duration = .seconds(7 * 86_400)
  /// The oldest of so many browsers has to ask anew.
  private static let browsersMax = 64

  /// What a browser got for its ticket.
  package struct Pass: Sendable {
    package let cookie: String
    package let key: String
  }

  /// A browser that was let in; only marks of its secrets are kept.
  struct Browser: Codable, Sendable, Equatable {
    let cookie: String
    let key: String
    let until: Int64
  }

  private struct State {
    var ticket = Secret.make()
    var browsers: [Browser]
  }

  private let state: Mutex<State>
  private let onChange: @Sendable (Keyring) -> Void

  /// - Parameters:
  ///   - saved: what `saved` gave before; nil for none.
  ///   - onChange: called when the ticket and what is to be saved have changed.
  package init(
    saved: Data? = nil, onChange: @escaping @Sendable (Keyring) -> Void = { _ in }
  ) {
    let browsers = saved.flatMap { try? JSONDecoder().decode([Browser].self, from: $0) } ?? []
    state = Mutex(State(browsers: Array(browsers.suffix(Self.browsersMax))))
    self.onChange = onChange
  }

  /// The ticket that is good for one browser.
  package var ticket: String { state.withLock { $0.ticket } }

  /// What another run of the program needs to know the browsers of this one.
  package var saved: Data {
    let browsers = state.withLock { $0.browsers }
    return (try? JSONEncoder().encode(browsers)) ?? Data("[]".utf8)
  }

  /// Lets a browser in, once for each ticket; nil for a wrong or used one.
  package func redeem(_ ticket: String, at now: Timestamp) -> Pass? {
    let pass: Pass? = state.withLock { state in
      guard Secret.mark(of: ticket) == Secret.mark(of: state.ticket) else { return nil }
      state.ticket = Secret.make()
      let pass = Pass(cookie: Secret.make(), key: Secret.make())
      state.browsers.removeAll { $0.until <= now.milliseconds }
      state.browsers.append(
        Browser(
          cookie: Secret.mark(of: pass.cookie).hex, key: Secret.mark(of: pass.key).hex,
          until: (now + Self.lifetime).milliseconds))
      state.browsers = state.browsers.suffix(Self.browsersMax)
      return pass
    }
    if pass != nil { onChange(self) }
    return pass
  }

  /// Whether a browser was let in.
  ///
  /// - Parameter key: nil where the cookie alone is enough.
  package func admits(cookie: String, key: String?, at now: Timestamp) -> Bool {
    let mark = Secret.mark(of: cookie).hex
    let browser = state.withLock { state in
      state.browsers.first { $0.cookie == mark && $0.until > now.milliseconds }
    }
    guard let browser else { return false }
    return key.map { Secret.mark(of: $0).hex == browser.key } ?? true
  }
}
