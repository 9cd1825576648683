import Foundation
import Synchronization

/// The balance of an account: the dollars at some moment, less what has been billed since.
struct Account: Sendable {
  let dollars: Double
  /// The characters billed up to that moment.
  let billed: Int
}

extension LocalFal {
  /// Sets the balance in dollars; nil makes it unreadable.
  package func fund(_ dollars: Double?, at now: Date? = nil) {
    let billed = billedCharacters(at: now ?? self.now)
    faultControl.withLock { $0.account = dollars.map { Account(dollars: $0, billed: billed) } }
  }

  /// The balance in US dollars, possibly negative; nil if it is unreadable.
  func balance(at now: Date) -> Double? {
    guard let account = faultControl.withLock(\.account) else { return nil }
    return account.dollars
      - options.price * Double(billedCharacters(at: now) - account.billed) / 1000
  }

  private func billedCharacters(at now: Date) -> Int {
    queue.withLock { queue in
      queue.advance(to: now)
      return queue.billedCharacters
    }
  }

  /// Answers `GET /billing/user_balance` with a bare number.
  func balance(_ incoming: IncomingCall) -> Reply {
    guard let left = balance(at: incoming.now) else { return .detail(404, "Not Found") }
    return Reply(200, .number(left))
  }

  /// Answers `GET /v1/models/pricing`.
  func prices(_ incoming: IncomingCall) -> Reply {
    let endpoints = incoming.parameters("endpoint_id")
    guard (1...50).contains(endpoints.count) else {
      return .platform(400, "validation_error", "endpoint_id: expected 1 to 50")
    }
    let known = endpoints.filter { Model(rawValue: $0) != nil }
    if known.isEmpty { return .platform(404, "not_found", "No such endpoint") }
    return Reply(
      200,
      [
        "prices": .array(
          known.map { endpoint in
            [
              "endpoint_id": .string(endpoint), "unit_price": .number(options.price),
              "unit": "1000 characters", "currency": "USD",
            ]
          }), "next_cursor": nil, "has_more": false,
      ])
  }
}
