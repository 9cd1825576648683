import CSMInput

/// How files are to be read.
package struct Reading {
  /// The format of files of any name; nil where each file's own name says it.
  private let format: InputFormat?
  private let columns: ColumnNames?
  private let separator: CellSeparator?
  let encoding: TextEncoding

  package init(
    format: InputFormat? = nil, columns: ColumnNames? = nil, separator: CellSeparator? = nil,
    encoding: TextEncoding = .utf8
  ) {
    self.format = format
    self.columns = columns
    self.separator = separator
    self.encoding = encoding
  }

  func reader(of lines: InputLines, as format: InputFormat) -> any EntryReader {
    format.reader(of: lines, columns: columns, separator: separator)
  }

  /// The format of a file; nil for one that holds no text to be read.
  func format(ofFile name: String) -> InputFormat? { format ?? InputFormat(fileName: name) }
}
