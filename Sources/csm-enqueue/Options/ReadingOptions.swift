import ArgumentParser
import CSMAdding
import CSMInput

/// How files are to be read.
struct ReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How to read the files; by default as their names end.", valueName: "format"))
  var `as`: InputFormat?

  // A name may be a hyphen, also the first.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What the columns of a table are: in their order for one without a header (id,text,spoken), or by "
        + "its names (text=Phrase,id=Key).", valueName: "columns"))
  var columns: ColumnNames?

  @Option(
    help:
      "What stands between the cells of a table; by default what fits its rows. Files of any name are tables then."
  )
  var separator: CellSeparator?

  @Option(help: "The files' encoding.")
  var encoding = TextEncoding.utf8

  @Flag(help: "A text is a paragraph, not a line: it ends at a blank one.")
  var paragraphs = false

  @Option(help: "Read dialogues as podcastfy writes them: <Person1>…</Person1>.")
  var dialect: Dialect?

  enum Dialect: String, ExpressibleByArgument, CaseIterable {
    case podcastfy
  }

  func validate() throws {
    guard [self.as != nil, paragraphs, dialect != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError("of --as, --paragraphs and --dialect one at most can be said")
    }
    guard separator == nil || self.as?.isTable != false && !paragraphs && dialect == nil else {
      throw ValidationError("--separator is said of tables: --as csv")
    }
  }

  /// What the options say.
  var value: Reading {
    Reading(
      format: format, columns: columns, separator: separator, encoding: encoding)
  }

  /// The format of files of any name; nil where each file's own name says it.
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
