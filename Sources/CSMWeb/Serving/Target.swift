import CSMCore
import CSMSQLite
import Foundation

/// The path and the query of a call.
struct Target {
  /// The components of the path, decoded.
  let path: [String]
  private let items: [String: String]

  /// Nil if the text is not a path on this host, or is too long.
  init?(_ text: String?) {
    guard let text, text.utf8.count <= 8192, let parts = URLComponents(string: text),
      parts.host == nil, parts.path.hasPrefix("/")
    else { return nil }
    path = parts.path.split(separator: "/").map(String.init)
    items = Dictionary(
      (parts.percentEncodedQueryItems ?? []).compactMap { item in
        item.value.flatMap(Self.decoded).map { (item.name, $0) }
      }, uniquingKeysWith: { $1 })
  }

  /// In a query, browsers write a space as a plus sign.
  private static func decoded(_ value: String) -> String? {
    value.replacing("+", with: "%20").removingPercentEncoding
  }

  /// The value of a query item; nil if it is missing or empty.
  subscript(_ name: String) -> String? {
    items[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  func number(_ name: String, in range: ClosedRange<Int>, or other: Int) -> Int {
    self[name].flatMap { Int($0) }.map { min(max($0, range.lowerBound), range.upperBound) } ?? other
  }
}

extension LinesView.Query {
  /// Nil if the state, the order or the place is invalid.
  init?(_ target: Target) {
    for name in (target["state"] ?? "").split(separator: ",") {
      guard let state = JobState.Name(rawValue: String(name)) else { return nil }
      states.insert(state)
    }
    batch = target["batch"]
    text = target["text"]
    voice = target["voice"]
    mark = target["mark"]
    if let name = target["order"] {
      let isReversed = name.hasPrefix("-")
      guard let key = LineOrder.Key(rawValue: String(name.dropFirst(isReversed ? 1 : 0))) else {
        return nil
      }
      order = LineOrder(key, isReversed: isReversed)
    }
    offset = target.number("offset", in: 0...Int(Int32.max), or: 0)
    limit = target.number("limit", in: 1...500, or: 100)
    isCounted = target["counted"] != "0"
    if let after = target["after"] {
      let numbers = after.split(separator: ".").compactMap { Int64($0) }
      guard numbers.count == 2 else { return nil }
      place = LinePlace(job: numbers[0], item: numbers[1])
    }
  }
}
