/// Finds out what stands between the cells of a table whose name does not tell: Excel writes semicolons
/// where the comma is the decimal sign, and some name a file .csv that has tabs or pipes.
///
/// Many rows are asked, since a text may hold any of these signs.
struct SeparatorChoice {
  let sample: [InputLines.Line]
  let names: ColumnNames?

  /// How many rows are looked at, and how many bytes of them.
  static let rows = 200
  static let bytes = 1 << 18

  private struct Candidate {
    let separator: CellSeparator
    /// What the first row is: how many columns there are, and whether it is known what they mean.
    var columns = 0
    var isUnderstood = false
    /// Rows that have as many cells as there are columns, or fewer, or more.
    var full = 0
    var short = 0
    var wrong = 0
    /// Rows with quotes in the middle of their cells.
    var odd = 0

    mutating func count(_ row: CSVRecords.Record) {
      let cells = row.cells
      if row.hasOddQuotes { odd += 1 }
      // Empty ones stand at the end where a program writes as many in each row.
      let used = (cells.lastIndex { !$0.isBlank } ?? 0) + 1
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
    // Where there is one column, nothing stands between.
    guard equals.count == 1 || best.columns == 1 else { throw ambiguity(equals.map(\.separator)) }
    try demandOneSign(best.separator)
    return best.separator
  }

  /// Sees that the rows do not have another sign between their cells than the header: half of a text would
  /// be taken for the whole.
  private func demandOneSign(_ sign: CellSeparator) throws(InputError) {
    let rows = sample.filter { !$0.isBlank }
    guard rows.count > 1, let header = rows.first, header.bytes.contains(sign.byte) else { return }
    let other = CellSeparator.allCases.first { other in
      !header.bytes.contains(other.byte)
        && rows.dropFirst().allSatisfy { Self.endsFirstCell(of: $0, other, rather: sign) }
    }
    guard let other else { return }
    throw .refused(
      Rejection(
        line: header.number, .field,
        "the header has a \(sign) between its cells, and each row a \(other): write the same in both"
      ))
  }

  /// Whether a sign ends the first cell of a row, and stands in no words: no space is behind it.
  private static func endsFirstCell(
    of row: InputLines.Line, _ sign: CellSeparator, rather than: CellSeparator
  ) -> Bool {
    let marks = [sign.byte, than.byte, UInt8(ascii: "\"")]
    guard let place = row.bytes.firstIndex(where: marks.contains), row.bytes[place] == sign.byte
    else { return false }
    return row.bytes.dropFirst(place + 1).first.map { $0 != 0x20 } ?? false
  }

  /// Nobody knows what the columns mean: pipes stand in few texts, and commas in most.
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
      // The sample may end within a row, too; that does not matter much.
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
    let signs = separators.map { "a \($0)" }.joined(separator: " and ")
    let options = separators.map { "--separator \($0)" }.joined(separator: " or ")
    return .refused(
      Rejection(
        line: sample.first?.number ?? 1, .field,
        "\(signs) fit equally well between the cells: say \(options)"))
  }
}
