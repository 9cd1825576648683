import Foundation
import Synchronization

/// The money of an account: what was there at some moment, less what has been billed since.
struct Account: Sendable {
  let dollars: Double
  /// Characters that had been billed by then.
  let billed: Int
}

extension LocalFal {
  /// Makes the balance so many dollars; nil for one that cannot be read.
  package func fund(_ dollars: Double?, at now: Date? = nil) {
    let billed = billedCharacters(at: now ?? self.now)
    switches.withLock { $0.account = dollars.map { Account(dollars: $0, billed: billed) } }
  }

  /// US dollars that are left, less than none perhaps; nil where that cannot be read.
  func balance(at now: Date) -> Double? {
    guard let account = switches.withLock(\.account) else { return nil }
    return account.dollars
      - options.price * Double(billedCharacters(at: now) - account.billed) / 1000
  }

  private func billedCharacters(at now: Date) -> Int {
    queue.withLock { queue in
      queue.advance(to: now)
      return queue.billedCharacters
    }
  }

  /// Tells the balance: `GET /billing/user_balance`, a bare number.
  func balance(_ incoming: IncomingCall) -> Reply {
    guard let left = balance(at: incoming.now) else { return .detail(404, "Not Found") }
    return Reply(200, .number(left))
  }

  /// Tells the prices of models: `GET /v1/models/pricing`.
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
