/// The spoken length of a run of digits, read as a number, as a year, in pairs, or digit by digit.
struct SpokenNumber {
  private(set) var least: Double
  private(set) var most: Double

  /// - Parameter digits: may include commas, which make them a single number.
  init(_ digits: [Unicode.Scalar]) {
    let values = digits.compactMap { Int($0.value) - 48 }.filter { (0...9).contains($0) }
    // Single digits are spoken with care: each takes as long as a word of six letters.
    let single =
      values.count == 1 ? Self.cardinal(values[0]) : Double(values.count) * Self.digit
    least = single
    most = single
    guard values.count > 1, values.count <= 15 else { return }
    // In pairs: 1999, 749534.
    if values.count % 2 == 0, values.count > 2, values[0] != 0 {
      let pairs = stride(from: 0, to: values.count, by: 2).reduce(0.0) {
        $0 + Self.cardinal(values[$1] * 10 + values[$1 + 1])
      }
      least = min(least, pairs)
    }
    guard values[0] != 0 else {
      // The fifth day of a month may be written 05.
      if values.count == 2 { least = Self.cardinal(values[1]) }
      return
    }
    let number = Self.cardinal(values.reduce(0) { $0 * 10 + $1 })
    let isNumber = digits.contains(",")
    least = isNumber ? number : min(least, number)
    most = isNumber ? number : max(most, number)
  }

  private static let digit = 6.5

  /// Letters of a number below 10^15, with a space after each word.
  private static func cardinal(_ number: Int) -> Double {
    Double(NumberWords.cardinal(number).utf8.count + 1)
  }
}
