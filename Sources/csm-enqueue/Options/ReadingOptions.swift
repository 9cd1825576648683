import ArgumentParser
import CSMAdding
import CSMInput

/// Options for how files are read.
struct ReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How to read the files; by default, as their extensions say.", valueName: "format"))
  var `as`: InputFormat?

  // A column's name may be a hyphen, even the first one.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The columns of a table: in order, for a table without a header (id,text,spoken), or by the names in its "
        + "header (text=Phrase,id=Key).", valueName: "columns"))
  var columns: ColumnNames?

  @Option(
    help:
      "The separator of a table's cells; by default, the one that fits. Makes every file a table."
  )
  var separator: CellSeparator?

  @Option(help: "The encoding of the files.")
  var encoding = TextEncoding.utf8

  @Flag(help: "Texts are paragraphs, separated by blank lines.")
  var paragraphs = false

  @Option(help: "Read dialogues in podcastfy's form: <Person1>…</Person1>.")
  var dialect: Dialect?

  enum Dialect: String, ExpressibleByArgument, CaseIterable {
    case podcastfy
  }

  func validate() throws {
    guard [self.as != nil, paragraphs, dialect != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError("give only one of --as, --paragraphs and --dialect")
    }
    guard separator == nil || self.as?.isTable != false && !paragraphs && dialect == nil else {
      throw ValidationError("--separator is for tables: --as csv")
    }
  }

  /// What the options say.
  var value: Reading {
    Reading(
      format: format, isFormatCertain: self.as != nil, columns: columns, separator: separator,
      encoding: encoding)
  }

  /// The format of all files; nil if each file's name decides.
  private var format: InputFormat? {
    if let format = self.as { return format }
    if separator != nil { return .csv }
    if dialect == .podcastfy { return .podcastfy }
    return paragraphs ? .paragraphs : nil
  }
}

extension InputFormat: ExpressibleByArgument {}
extension CellSeparator: ExpressibleByArgument {}
extension TextEncoding: ExpressibleByArgument {}

extension ColumnNames: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(argument)
  }
}
