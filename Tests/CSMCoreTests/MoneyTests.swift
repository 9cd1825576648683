import Testing

@testable import CSMCore

@Suite("Money")
struct MoneyTests {
  static let amounts: [(String, Int64)] = [
    ("25", 25_000_000), ("12.50", 12_500_000), ("0.03", 30_000), (".5", 500_000), ("0", 0),
    ("0.000001", 1), ("4294967295.999999", 4_294_967_295_999_999),
  ]

  @Test("is parsed as people write it", arguments: amounts)
  func read(_ text: String, _ micro: Int64) {
    #expect(Money(dollars: text)?.microDollars == micro)
  }

  @Test(
    "is not read from anything else",
    arguments: [
      "", ".", "1.", "-1", "-0.5", "-0", "+1", "1.-5", "1.+5", "$5", "5 ", " 5", "1,5", "1.2.3",
      "0.0000001", "1e3", "0x10", "4294967296", "99999999999999999999", "٣", "nan",
    ])
  func wrong(_ text: String) {
    #expect(Money(dollars: text) == nil)
  }

  @Test("is shown with two to six decimals")
  func shown() {
    let shown: [(Int64, String)] = [
      (0, "0.00"), (450_000, "0.45"), (1230, "0.00123"), (1, "0.000001"), (-1_500_000, "-1.50"),
      (12_000_000, "12.00"), (.max, "9223372036854.775807"), (.min, "-9223372036854.775808"),
    ]
    for (micro, text) in shown { #expect(Money(microDollars: micro).dollars == text) }
  }

  @Test("saturates instead of overflowing")
  func saturates() {
    let (least, most) = (Money(microDollars: .min), Money(microDollars: .max))
    #expect(most + Money(microDollars: 1) == most)
    #expect(least + least == least)
    #expect(least - most == least)
    #expect(most - least == most)
    #expect(Money(microDollars: 5) - Money(microDollars: 7) == Money(microDollars: -2))
  }

  static let price = Rules.usual.price

  @Test("money for characters is rounded up, so that fractions never exceed a budget")
  func characters() {
    #expect(Self.price.of(characters: 1000) == Money(microDollars: 30_000))
    #expect(Self.price.of(characters: 0) == .zero)
    #expect(Self.price.of(characters: -5) == .zero)
    #expect(Self.price.of(characters: .max).microDollars == .max)
    #expect(Price(perThousand: Money(microDollars: 1)).of(characters: 1).microDollars == 1)
    #expect(Price(perThousand: Money(microDollars: 1)).of(characters: 1001).microDollars == 2)
  }

  @Test("money for billed units is that of as many thousands of characters")
  func units() {
    for count in 0...5000 {
      #expect(
        Self.price.of(units: Double(count) / 1000) == Self.price.of(characters: count), "\(count)")
    }
  }

  @Test(
    "is not believed when no request can cost it",
    arguments: [-1, -1e-3, .nan, .infinity, -.infinity, 1e9, .greatestFiniteMagnitude])
  func absurdUnits(_ units: Double) {
    #expect(Self.price.of(units: units) == nil)
  }
}
