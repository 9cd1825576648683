/// How a row of digits may be read: as a number, as a year, in pairs, or digit by digit.
struct SpokenNumber {
  private(set) var least: Double
  private(set) var most: Double

  init(_ digits: [Unicode.Scalar]) {
    let values = digits.compactMap { Int($0.value) - 48 }.filter { (0...9).contains($0) }
    let single = values.reduce(0.0) { $0 + Self.ones[$1] + 1 }
    least = single
    most = single
    guard !values.isEmpty, values.count <= 15 else { return }
    let number = Self.cardinal(values.reduce(0) { $0 * 10 + $1 })
    least = min(least, number)
    most = max(most, number)
    // Two and two: 1999, 0199, 749534.
    if values.count % 2 == 0, values.count > 2 {
      let pairs = stride(from: 0, to: values.count, by: 2).reduce(0.0) {
        $0 + Self.cardinal(values[$1] * 10 + values[$1 + 1])
      }
      least = min(least, pairs)
    }
  }

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
