/// Detects the separator of a `.csv` file: Excel writes semicolons in locales with a decimal comma, and some
/// programs write tabs or pipes.
///
/// It looks at many rows, since texts may contain any of these characters.
struct SeparatorChoice {
  let sample: [InputLines.Line]
  let names: ColumnNames?

  /// The size of the sample.
  static let rows = 200
  static let bytes = 1 << 18

  private struct Candidate {
    let separator: CellSeparator
    /// The number of columns, and whether their meaning is known.
    var columns = 0
    var isUnderstood = false
    /// How many rows have as many cells as there are columns, or fewer, or more.
    var full = 0
    var short = 0
    var wrong = 0
    /// How many rows have quotes inside unquoted cells.
    var odd = 0

    mutating func count(_ row: CSVRecords.Record) {
      let cells = row.cells
      if row.hasOddQuotes { odd += 1 }
      // Some programs pad rows with empty cells.
      let used = CSVRecords.used(cells)
      if used > columns || cells.count == 1 && columns > 1 {
        wrong += 1
      } else if cells.count >= columns {
        full += 1
      } else {
        short += 1
      }
    }

    func isWorse(than other: Self) -> Bool {
      (share(wrong), -share(full), odd) > (
        other.share(other.wrong), -other.share(other.full), other.odd
      )
    }

    private func share(_ count: Int) -> Double {
      Double(count) / Double(max(1, full + short + wrong))
    }
  }

  func separator() throws(InputError) -> CellSeparator {
    var candidates: [Candidate] = []
    for separator in CellSeparator.allCases { candidates.append(try candidate(separator)) }
    let understood = candidates.filter { $0.isUnderstood && $0.full + $0.short > 0 }
    guard let best = understood.min(by: { $1.isWorse(than: $0) }) else {
      return unknown(candidates)
    }
    let equals = understood.filter { !$0.isWorse(than: best) }
    // With one column, there is nothing to separate.
    guard equals.count == 1 || best.columns == 1 else { throw ambiguity(equals.map(\.separator)) }
    try requireSameSeparator(best.separator)
    return best.separator
  }

  /// Refuses a table whose rows use another separator than its header: half of a text might be read as all
  /// of it.
  private func requireSameSeparator(_ separator: CellSeparator) throws(InputError) {
    let rows = sample.filter { !$0.isBlank }
    guard rows.count > 1, let header = rows.first, header.bytes.contains(separator.byte) else {
      return
    }
    let other = CellSeparator.allCases.first { other in
      !header.bytes.contains(other.byte)
        && rows.dropFirst().allSatisfy { Self.endsFirstCell(of: $0, other, rather: separator) }
    }
    guard let other else { return }
    throw .refused(
      Rejection(
        line: header.number, .field,
        "the header has a \(separator) between its cells, but each row has a \(other): use the same in both"
      ))
  }

  /// Whether a separator ends the first cell of a row; a space after it would make it punctuation.
  private static func endsFirstCell(
    of row: InputLines.Line, _ separator: CellSeparator, rather than: CellSeparator
  ) -> Bool {
    let marks = [separator.byte, than.byte, UInt8(ascii: "\"")]
    guard let place = row.bytes.firstIndex(where: marks.contains),
      row.bytes[place] == separator.byte
    else { return false }
    return row.bytes.dropFirst(place + 1).first.map { $0 != 0x20 } ?? false
  }

  /// The separator if the columns are not understood: texts rarely contain pipes, but often commas.
  private func unknown(_ candidates: [Candidate]) -> CellSeparator {
    let isPiped = candidates.contains {
      $0.separator == .pipe && $0.columns > 1 && $0.full + $0.short > 4 * $0.wrong
    }
    return isPiped ? .pipe : .comma
  }

  private func candidate(_ separator: CellSeparator) throws(InputError) -> Candidate {
    var candidate = Candidate(separator: separator)
    var rows = CSVRecords(lines: InputLines(sample), separator: separator)
    while let row = try rows.next() {
      switch row {
      case .success(let record) where record.cells.allSatisfy(\.isBlank): continue
      case .success(let record):
        if candidate.columns == 0 { understand(record.cells, &candidate) }
        candidate.count(record)
      // This may also be a row cut off at the end of the sample, which hardly matters.
      case .failure: candidate.wrong += 1
      }
    }
    return candidate
  }

  private func understand(_ first: [String], _ candidate: inout Candidate) {
    candidate.columns = first.count
    switch names {
    case .inOrder(let fields):
      candidate.columns = fields.count
      candidate.isUnderstood = true
    case .byHeader(let renamed):
      candidate.isUnderstood = ColumnMap(header: first, renamed: renamed) != nil
    case nil: candidate.isUnderstood = ColumnMap(header: first) != nil
    }
  }

  private func ambiguity(_ separators: [CellSeparator]) -> InputError {
    let names = separators.map { "a \($0)" }.joined(separator: " and ")
    let options = separators.map { "--separator \($0)" }.joined(separator: " or ")
    return .refused(
      Rejection(
        line: sample.first?.number ?? 1, .field,
        "\(names) fit equally well as the separator: use \(options)"))
  }
}
