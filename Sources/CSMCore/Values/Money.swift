/// An exact amount in millionths of a US dollar.
package struct Money: Sendable, Hashable, Comparable {
  package let microDollars: Int64

  package init(microDollars: Int64) {
    self.microDollars = microDollars
  }

  package static let zero = Self(microDollars: 0)

  package static func < (left: Self, right: Self) -> Bool {
    left.microDollars < right.microDollars
  }

  /// The sum, saturating.
  package static func + (left: Self, right: Self) -> Self {
    let (sum, overflow) = left.microDollars.addingReportingOverflow(right.microDollars)
    return Self(microDollars: overflow ? (left.microDollars < 0 ? .min : .max) : sum)
  }

  /// The difference, saturating.
  package static func - (left: Self, right: Self) -> Self {
    let (gap, overflow) = left.microDollars.subtractingReportingOverflow(right.microDollars)
    return Self(microDollars: overflow ? (left.microDollars < 0 ? .min : .max) : gap)
  }

  /// Parses dollars as people write them: digits and at most six decimals.
  package init?(dollars text: String) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, whole.utf8.count <= 12,
      let dollars = whole.isEmpty && parts.count == 2 ? 0 : UInt32(digits: whole).map(Int64.init)
    else { return nil }
    let decimals = parts.count == 2 ? parts[1] : ""
    guard decimals.utf8.count <= 6, parts.count == 1 || !decimals.isEmpty,
      let micro = Int64(digits: decimals + String(repeating: "0", count: 6 - decimals.utf8.count))
    else { return nil }
    self.init(microDollars: dollars * 1_000_000 + micro)
  }

  /// The amount in dollars with two to six decimals, such as `0.45` or `0.00123`.
  package var dollars: String {
    let magnitude = microDollars.magnitude
    var decimals = (magnitude % 1_000_000).padded(to: 6)
    while decimals.utf8.count > 2, decimals.hasSuffix("0") { decimals.removeLast() }
    return (microDollars < 0 ? "-" : "") + "\(magnitude / 1_000_000).\(decimals)"
  }
}
