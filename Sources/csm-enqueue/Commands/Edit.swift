import ArgumentParser
import CSMCore
import CSMDeciding
import CSMInput
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue edit`: changes the words of one line.
struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Change the words of one line; only this line is sent again.",
    discussion: """
      The new words stay until the line changes in its file. The earlier version is kept: list --former.

      Example:
        csm-enqueue edit night1:L0007 --text 'Good night, everybody.'
      """)

  @Argument(
    help: ArgumentHelp("The line, such as L0007 or night1:L0007.", valueName: "id"),
    completion: .custom(Completions.lines))
  var id: String

  @Option(help: "Only lines of this batch.")
  var batch: String?

  @Option(help: "The new words.")
  var text: String

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    var selection = Selection()
    selection.ids = [id]
    selection.batch = batch
    let words = try words()
    let price = workplace.settings.rules.price
    var moreTakes = MoreTakes()
    let edit = try workplace.writing { table in
      let edit = try table.edit(selection, at: Workplace.now()) { old, endpoint in
        try words.replacing(old, of: id, endpoint: endpoint)
      }
      if case .edited(let line, let known, let characters) = edit, known?.isEnded != true {
        moreTakes.add(try table.rerollsMax(of: line.batch), for: price.of(characters: characters))
      }
      return edit
    }
    switch edit {
    case .edited(let line, let known, let characters):
      let what =
        known.map { Self.what($0, ShellWord.quoted(line.description)) }
        ?? "1 job queued, \(Figures.estimate(characters, price.of(characters: characters)))"
      Console.print(Printable.line("\(line): \(what)"))
      if let sentence = moreTakes.sentence { Console.print(sentence) }
    case .unchanged(let line): Console.print("\(line): already has these words")
    case .chained(let line):
      throw Failure(
        "\(line) is part of a chain of turns: edit its file and add the file "
          + "again", .badInput)
    case .notOne(0):
      let unknown = try workplace.reading { try $0.unknownIDs(in: selection) }.first
      throw Failure(unknown?.sentence ?? "no line matches \(id)", .incomplete)
    case .notOne:
      throw Failure("\(id) is a line of several batches: name one as BATCH:LINE", .usage)
    }
  }

  /// What to say of words that a job already has.
  private static func what(_ state: JobState.Name, _ name: String) -> String {
    switch state {
    case .queued, .submitting, .unknown, .inQueue, .inProgress, .completed, .stored:
      "these words are already queued or spoken: nothing more to pay"
    case .failed: "these words failed before: csm-enqueue retry \(name) tries again"
    case .cancelled:
      "these words were cancelled before: csm-enqueue reroll \(name) speaks them after all"
    case .held:
      "these words are held: csm-enqueue show \(name) says why, csm-enqueue retry \(name) tries again"
    }
  }

  private func words() throws -> EditedWords {
    do throws(Rejection) {
      return try EditedWords(text)
    } catch {
      throw Failure("--text: \(error.reason)", .badInput)
    }
  }
}
