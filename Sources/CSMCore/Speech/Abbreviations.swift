/// Abbreviations, which are longer spoken than written.
enum Abbreviations {
  /// The number of letters an abbreviation is spoken as; a range, since some may also be spelled
  /// out.
  ///
  /// - Returns: nil for any other word.
  static func length(
    of word: Substring.UnicodeScalarView
  ) -> (least: Double, most: Double)? {
    guard word.count <= 8, word.last == "." || word.allSatisfy(\.properties.isAlphabetic) else {
      return nil
    }
    var key = String(word)
    let isClosed = key.hasSuffix(".")
    if isClosed { key.removeLast() }
    guard let full = words[key.lowercased()], isClosed || !needPoint.contains(key.lowercased())
    else {
      return nil
    }
    let spelled = Double(key.count) * 2.5
    return (min(spelled, full), max(spelled, full))
  }

  /// These are ordinary words unless a full stop follows.
  private static let needPoint: Set<String> = [
    "no", "co", "sat", "sun", "mar", "dec", "in", "min", "sec", "gen", "col", "rev", "hon", "ed",
    "fig", "art",
    "mon", "jan", "est", "max", "ext", "inc", "jun", "oct", "tel", "vol", "sr", "cap", "op",
  ]

  /// The letters of each abbreviation's full form.
  private static let words: [String: Double] = [
    "dr": 6, "mr": 6, "mrs": 6, "ms": 4, "prof": 9, "st": 6, "ave": 6, "rd": 4, "blvd": 9, "jr": 6,
    "sr": 6,
    "gen": 7, "col": 7, "sgt": 8, "capt": 7, "lt": 10, "rev": 8, "hon": 9, "gov": 8, "sen": 7,
    "rep": 14,
    "no": 6, "nos": 7, "vs": 6, "etc": 9, "approx": 13, "dept": 10, "inc": 12, "ltd": 7, "co": 7,
    "corp": 11,
    "jan": 7, "feb": 8, "mar": 5, "apr": 5, "jun": 4, "jul": 4, "aug": 6, "sep": 9, "sept": 9,
    "oct": 7,
    "nov": 8, "dec": 8, "mon": 6, "tue": 7, "tues": 7, "wed": 9, "thu": 8, "thur": 8, "thurs": 8,
    "fri": 6,
    "sat": 8, "sun": 6, "kg": 9, "km": 10, "cm": 11, "mm": 11, "mg": 10, "ml": 11, "lb": 6,
    "lbs": 6, "oz": 6,
    "ft": 4, "in": 6, "mph": 14, "kmh": 19, "hr": 4, "hrs": 5, "min": 7, "mins": 7, "sec": 6,
    "secs": 7, "tel": 9,
    "ext": 9, "fig": 6, "vol": 6, "ed": 7, "est": 11, "max": 7, "misc": 13, "govt": 10, "univ": 10,
    "assn": 11,
    "bldg": 8, "apt": 9, "mt": 5, "ft.": 4, "khz": 9, "mhz": 9, "ghz": 9, "hz": 5, "kw": 8, "kb": 8,
    "mb": 8,
    "gb": 8, "tb": 8, "art": 7, "pp": 5, "qty": 8, "temp": 11, "yr": 4, "yrs": 5, "wk": 4, "wks": 5,
  ]
}
