/// English numbers in words.
enum NumberWords {
  /// A whole number below 10^15 in words, such as `two hundred three`.
  static func cardinal(_ number: Int) -> String {
    guard number > 0 else { return ones[0] }
    var groups: [String] = []
    var rest = number
    for scale in scales where rest > 0 {
      if rest % 1000 > 0 {
        groups.insert(([hundreds(rest % 1000)] + scale).joined(separator: " "), at: 0)
      }
      rest /= 1000
    }
    return groups.joined(separator: " ")
  }

  /// The text with unambiguous numbers in words: separate words of up to three digits.
  static func spelled(in text: String) -> String {
    guard text.utf8.contains(where: isDigit) else { return text }
    return text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      .map { word(Substring($0)) }.joined(separator: " ")
  }

  private static func word(_ word: Substring) -> Substring {
    let digits = word.utf8.prefix(while: isDigit)
    guard (1...3).contains(digits.count), digits.first != UInt8(ascii: "0") || digits.count == 1,
      let number = Int(Substring(digits))
    else { return word }
    let end = word[digits.endIndex...]
    guard end.allSatisfy({ ".,;:!?\u{2026}\")".contains($0) }) else { return word }
    return cardinal(number) + end
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func hundreds(_ number: Int) -> String {
    var words: [String] = number >= 100 ? [ones[number / 100], "hundred"] : []
    let rest = number % 100
    if rest >= 20 {
      words.append(tens[rest / 10] + (rest % 10 > 0 ? "-\(ones[rest % 10])" : ""))
    } else if rest > 0 {
      words.append(ones[rest])
    }
    return words.joined(separator: " ")
  }

  private static let ones = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
  ]
  private static let tens = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
  ]
  private static let scales = [[], ["thousand"], ["million"], ["billion"], ["trillion"]]
}
