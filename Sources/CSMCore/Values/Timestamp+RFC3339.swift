// Formats and parses RFC 3339. The calendar is computed in eras of 400 years of 146,097 days, with
// years that start in March, so that the leap day comes last.

extension Timestamp {
  /// The moment as `2026-11-23T19:05:01.250Z`.
  package var rfc3339: String {
    let days = startOfDay.milliseconds / Self.millisecondsPerDay
    let time = milliseconds - startOfDay.milliseconds
    let (year, month, day) = Self.civil(days: days)
    return "\(year.padded(to: 4))-\(month.padded(to: 2))-\(day.padded(to: 2))"
      + "T\((time / 3_600_000).padded(to: 2)):\((time / 60_000 % 60).padded(to: 2))"
      + ":\((time / 1000 % 60).padded(to: 2)).\((time % 1000).padded(to: 3))Z"
  }

  /// Parses `2026-11-23T19:05:01`, with up to twelve decimals, followed by `Z`, `±hh:mm`, `±hhmm`,
  /// `±hh` or nothing (UTC).
  ///
  /// - Returns: nil if the text does not have this form, or the date does not exist.
  package init?(rfc3339 text: String) {
    var rest = text.utf8[...]
    guard let year = number(&rest, digits: 4), skip(&rest, "-"),
      let month = number(&rest, digits: 2), (1...12).contains(month), skip(&rest, "-"),
      let day = number(&rest, digits: 2), (1...31).contains(day),
      skip(&rest, "T") || skip(&rest, "t") || skip(&rest, " "),
      let hour = number(&rest, digits: 2), hour < 24, skip(&rest, ":"),
      let minute = number(&rest, digits: 2), minute < 60, skip(&rest, ":"),
      let second = number(&rest, digits: 2), second <= 60
    else { return nil }
    let fraction = skip(&rest, ".") ? thousandths(&rest) : 0
    guard let fraction, let offset = offsetMinutes(&rest), rest.isEmpty else { return nil }
    let days = Self.days(year: year, month: month, day: day)
    guard Self.civil(days: days) == (year, month, day) else { return nil }
    let minutes = (days * 24 + hour) * 60 + minute - offset
    let milliseconds = (minutes * 60 + second) * 1000 + fraction
    guard Self.writable.contains(milliseconds) else { return nil }
    self.init(milliseconds: milliseconds)
  }

  /// The years 0000 to 9999, which an offset may exceed.
  private static let writable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

  /// Days from 1970-01-01 to a date of the Gregorian calendar.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The date `days` after 1970-01-01 in the Gregorian calendar.
  private static func civil(days: Int64) -> (Int64, Int64, Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}

private func skip(_ rest: inout Substring.UTF8View, _ byte: Unicode.Scalar) -> Bool {
  guard rest.first == UInt8(ascii: byte) else { return false }
  rest = rest.dropFirst()
  return true
}

private func number(_ rest: inout Substring.UTF8View, digits: Int) -> Int64? {
  let field = rest.prefix(digits)
  guard field.count == digits, field.allSatisfy({ (48...57).contains($0) }) else { return nil }
  rest = rest.dropFirst(digits)
  return field.reduce(0) { $0 * 10 + Int64($1 - 48) }
}

/// The decimals after the point, as milliseconds; nil if there are none or more than twelve.
private func thousandths(_ rest: inout Substring.UTF8View) -> Int64? {
  let field = rest.prefix { (48...57).contains($0) }
  guard (1...12).contains(field.count) else { return nil }
  rest = rest.dropFirst(field.count)
  let kept = field.prefix(3)
  let value = kept.reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) }
  return value * [100, 10, 1][kept.count - 1]
}

/// `Z`, `±hh:mm`, `±hhmm`, `±hh` or nothing, as minutes east of UTC.
private func offsetMinutes(_ rest: inout Substring.UTF8View) -> Int64? {
  if rest.isEmpty || skip(&rest, "Z") || skip(&rest, "z") { return 0 }
  let sign: Int64 = skip(&rest, "-") ? -1 : 1
  guard sign == -1 || skip(&rest, "+"), let hours = number(&rest, digits: 2), hours < 24 else {
    return nil
  }
  if rest.isEmpty { return sign * hours * 60 }
  _ = skip(&rest, ":")
  guard let minutes = number(&rest, digits: 2), minutes < 60 else { return nil }
  return sign * (hours * 60 + minutes)
}
