/// How a row of digits may be read: as a number, as a year, in pairs, or digit by digit.
struct SpokenNumber {
  private(set) var least: Double
  private(set) var most: Double

  /// - Parameter digits: with commas among them where they are so written; then they are one number.
  init(_ digits: [Unicode.Scalar]) {
    let values = digits.compactMap { Int($0.value) - 48 }.filter { (0...9).contains($0) }
    // Digits are spoken one by one with care: each takes as long as a word of six letters.
    let single =
      values.count == 1 ? Self.ones[values[0]] + 1 : Double(values.count) * Self.digit
    least = single
    most = single
    guard values.count > 1, values.count <= 15 else { return }
    // Two and two: 1999, 0199, 749534.
    if values.count % 2 == 0, values.count > 2, values[0] != 0 {
      let pairs = stride(from: 0, to: values.count, by: 2).reduce(0.0) {
        $0 + Self.cardinal(values[$1] * 10 + values[$1 + 1])
      }
      least = min(least, pairs)
    }
    guard values[0] != 0 else {
      // The fifth of a month may be written 05.
      if values.count == 2 { least = Self.ones[values[1]] + 1 }
      return
    }
    let number = Self.cardinal(values.reduce(0) { $0 * 10 + $1 })
    let isNumber = digits.contains(",")
    least = isNumber ? number : min(least, number)
    most = isNumber ? number : max(most, number)
  }

  private static let digit = 6.5

  /// Letters of `zero` to `nineteen`.
  private static let ones: [Double] = [
    4, 3, 3, 5, 4, 4, 3, 5, 5, 4, 3, 6, 6, 8, 8, 7, 7, 9, 8, 8,
  ]
  /// Letters of the tens from `twenty`.
  private static let tens: [Double] = [0, 0, 6, 6, 5, 5, 5, 7, 6, 6]
  /// `thousand`, `million`, `billion`, `trillion`, with the space before.
  private static let scales: [Double] = [0, 9, 8, 8, 9]

  /// Letters and spaces of a number below 10^15.
  private static func cardinal(_ number: Int) -> Double {
    guard number > 0 else { return ones[0] + 1 }
    var letters = 0.0
    var rest = number
    for scale in scales where rest > 0 {
      if rest % 1000 > 0 { letters += hundreds(rest % 1000) + scale }
      rest /= 1000
    }
    return letters
  }

  private static func hundreds(_ number: Int) -> Double {
    var letters = number >= 100 ? ones[number / 100] + 9 : 0
    let rest = number % 100
    switch rest {
    case 0: break
    case 1..<20: letters += ones[rest] + 1
    default: letters += tens[rest / 10] + 1 + (rest % 10 > 0 ? ones[rest % 10] + 1 : 0)
    }
    return letters
  }
}
