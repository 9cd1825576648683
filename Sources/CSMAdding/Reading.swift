import CSMInput

/// How to read files.
package struct Reading {
  /// The format of all files; nil to derive it from each file's name.
  private let format: InputFormat?
  /// Whether a person named the format, so that plain text may look like another one.
  private let isFormatCertain: Bool
  private let columns: ColumnNames?
  private let separator: CellSeparator?
  let encoding: TextEncoding

  package init(
    format: InputFormat? = nil, isFormatCertain: Bool = false, columns: ColumnNames? = nil,
    separator: CellSeparator? = nil, encoding: TextEncoding = .utf8
  ) {
    self.format = format
    self.isFormatCertain = isFormatCertain
    self.columns = columns
    self.separator = separator
    self.encoding = encoding
  }

  func reader(of lines: InputLines, as format: InputFormat) -> any EntryReader {
    format.reader(
      of: lines, columns: columns, separator: separator, isCertain: isFormatCertain)
  }

  /// The format of a file; nil for a known format that cannot be read.
  func format(ofFile name: String) -> InputFormat? { format ?? InputFormat(fileName: name) }
}
