/// Formats figures for people.
package enum Figures {
  /// `12,500`.
  package static func count(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var grouped = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { grouped.append(",") }
      grouped.append(digit)
    }
    return (number < 0 ? "-" : "") + grouped
  }

  /// `1,204 lines`, `1 line`.
  package static func count(_ number: Int, _ noun: String) -> String {
    "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// `7 h 56 min`, `42 s`.
  package static func duration(_ duration: Duration) -> String {
    let seconds = max(0, duration.milliseconds / 1000)
    switch seconds {
    case ..<60: return "\(seconds) s"
    case ..<3600: return "\(seconds / 60) min \(seconds % 60) s"
    case ..<86_400: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    default: return "\(seconds / 86_400) d \(seconds / 3600 % 24) h"
    }
  }

  /// `3.4 MB`, `512 bytes`.
  package static func bytes(_ number: Int) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")]
    guard let (size, unit) = units.first(where: { number >= $0.0 }) else {
      return count(number, "byte")
    }
    let tenths = number / (size / 10)
    return "\(count(tenths / 10)).\(tenths % 10) \(unit)"
  }

  /// `2.9 s`.
  package static func seconds(milliseconds: Int) -> String {
    let tenths = milliseconds / 100 + (milliseconds % 100 < 50 ? 0 : 1)
    return "\(tenths / 10).\(tenths % 10) s"
  }

  /// Dollars, rounded up to the cent, or to two digits if less than a cent.
  package static func money(_ money: Money) -> String {
    guard money.microDollars >= 0 else { return "-" + self.money(.zero - money) }
    guard money.microDollars == 0 || money.microDollars >= 10_000 else {
      var unit: Int64 = 1
      while money.microDollars >= unit * 100 { unit *= 10 }
      let units = (money.microDollars + unit - 1) / unit
      return "$\(Money(microDollars: units * unit).dollars)"
    }
    let cents = money.microDollars / 10_000 + (money.microDollars % 10_000 == 0 ? 0 : 1)
    let rest = cents % 100
    return "$\(count(Int(cents / 100))).\(rest.padded(to: 2))"
  }

  /// Dollars as a person set them: exact.
  package static func exact(_ money: Money) -> String {
    money.microDollars % 10_000 == 0 ? self.money(money) : "$\(money.dollars)"
  }

  /// `1,344 characters · estimate $0.04 · about 1 min 36 s of audio`.
  package static func estimate(_ characters: Int, _ cost: Money) -> String {
    "\(count(characters, "character")) · estimate \(money(cost)) "
      + "· about \(duration(listening(characters: characters))) of audio"
  }

  /// The estimated playing time of a text.
  package static func listening(characters: Int) -> Duration {
    .seconds(characters / SpeechLimits.charactersPerSecond)
  }
}
