/// Counts rows that begin with a name, such as `ANNA: Hello.`, in a format that speaks the name too.
///
/// It only warns: nobody but the author knows whether `Monday: rain` is a turn.
struct Labels {
  private var rows = 0
  private var labelled = 0
  private var counts: [String: Int] = [:]
  /// The first line with each label in capitals.
  private var places: [String: Int] = [:]
  private var firstLine = 1

  /// How many different labels are counted.
  private static let labelsMax = 500
  private static let lengthMax = 40
  private static let wordsMax = 4
  /// How often a label in capitals must occur to be taken for a name.
  private static let capitalsMin = 3
  /// How many rows a dialogue has at least, whose names are written like any other words.
  private static let rowsMin = 4
  /// Words before a colon that are no names.
  private static let remarks: Set<String> = [
    "NOTE", "NOTES", "TIP", "TIPS", "HINT", "WARNING", "CAUTION", "DANGER", "IMPORTANT",
    "ATTENTION", "EXAMPLE", "PS", "NB", "FYI", "UPDATE", "EDIT", "SUMMARY", "TITLE",
  ]

  mutating func note(_ row: String, line: Int) {
    rows += 1
    guard let label = Self.label(of: row), counts[label] != nil || counts.count < Self.labelsMax
    else { return }
    if labelled == 0 { firstLine = line }
    labelled += 1
    counts[label, default: 0] += 1
    if Self.isCapital(label), places[label] == nil { places[label] = line }
  }

  /// - Parameter advice: what to do, given such a name.
  func warning(_ advice: (String) -> String) -> Warning? {
    let names = places.keys.filter { count(of: $0) >= Self.capitalsMin }
    let frequent = (names.isEmpty && isDialogue ? Array(counts.keys) : Array(names))
      .min { (-count(of: $0), $0) < (-count(of: $1), $1) }
    guard let name = frequent else { return nil }
    return Warning(
      line: places[name] ?? firstLine, column: 1, code: "W-LABEL",
      text: "\"\(name):\" begins \(count(of: name)) lines, and is spoken too: \(advice(name))")
  }

  /// Whether nearly all rows have a label, and labels occur again and again, unlike those of a list.
  private var isDialogue: Bool {
    labelled >= Self.rowsMin && labelled * 5 >= rows * 4 && counts.count > 1
      && counts.count * 2 <= labelled
  }

  private func count(of label: String) -> Int { counts[label] ?? 0 }

  /// The words before a colon that can be a name; nil if there are none.
  private static func label(of row: String) -> String? {
    let words = row.drop { $0.isWhitespace || "-–—".contains($0) }
    guard let colon = words.prefix(lengthMax + 1).firstIndex(of: ":") else { return nil }
    let rest = words[colon...].dropFirst()
    guard rest.first?.isWhitespace == true, rest.contains(where: \.isLetter) else { return nil }
    let label = String(words[..<colon]).trimmed
    guard label.first?.isUppercase == true,
      label.split(separator: " ").count <= wordsMax,
      label.allSatisfy({ $0.isLetter || $0.isNumber || " _-.'’".contains($0) })
    else { return nil }
    return label
  }

  private static func isCapital(_ label: String) -> Bool {
    label.count(where: \.isLetter) > 1 && !label.contains(where: \.isLowercase)
      && !remarks.contains(label)
  }
}
