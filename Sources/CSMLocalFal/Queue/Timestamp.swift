import Foundation

extension Date {
  /// RFC 3339 in UTC with milliseconds, fal's format.
  var rfc3339: String {
    formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// Parses RFC 3339, with or without fractions of a second; nil for anything else.
  init?(rfc3339 text: String) {
    let whole = Date.ISO8601FormatStyle()
    let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    guard let date = (try? fractional.parse(text)) ?? (try? whole.parse(text)) else { return nil }
    self = date
  }

  /// The format of HTTP headers (RFC 9110, section 5.6.7).
  var httpDate: String { Self.httpFormat.string(from: self) }

  private static let httpFormat = {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(secondsFromGMT: 0)
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return format
  }()
}
