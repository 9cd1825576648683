import ArgumentParser
import CSMCore
import CSMFiles
import CSMInput
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue edit`: other words for one line.
struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Change the words of one line; only this line is sent again.",
    discussion: """
      The new words stay until the line changes in its file. What was spoken before is kept: list \
      --former.

      Example:
        csm-enqueue edit night1:L0007 --text 'Good night, everybody.'
      """)

  @Argument(
    help: ArgumentHelp("The line, such as L0007 or night1:L0007.", valueName: "id"),
    completion: .custom(Known.lines))
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
    let edit = try workplace.writing { table in
      try table.edit(selection, at: Workplace.now()) { old, endpoint in
        try words(old, endpoint)
      }
    }
    switch edit {
    case .edited(let line, let known, let characters):
      let price = workplace.settings.rules.price.of(characters: characters)
      let name = "\(line.batch):\(line.line)"
      let what =
        known.map { Self.what($0, ShellWord.quoted(name)) }
        ?? "1 job queued, \(Figures.estimate(characters, price))"
      Console.print(Printable.line("\(name): \(what)"))
    case .unchanged(let line): Console.print("\(line.batch):\(line.line): has these words already")
    case .chained(let line):
      throw Failure(
        "\(line.batch):\(line.line) is one of several turns that wait for one another: change its "
          + "file and add that again", .badInput)
    case .notOne(0):
      let unknown = try workplace.reading { try $0.unknownIDs(in: selection) }.first
      throw Failure(unknown?.sentence ?? "no line matches \(id)", .incomplete)
    case .notOne:
      throw Failure("\(id) is a line of several batches: name one as BATCH:LINE", .usage)
    }
  }

  /// What is to be said of words that a job has already.
  private static func what(_ state: JobState.Name, _ name: String) -> String {
    switch state {
    case .queued, .submitting, .unknown, .inQueue, .inProgress, .completed, .stored:
      "these words are queued or spoken already: nothing more to pay"
    case .failed: "these words failed before: csm-enqueue retry \(name) tries again"
    case .cancelled:
      "these words were cancelled before: csm-enqueue reroll \(name) speaks them after all"
    case .held:
      "these words are held: csm-enqueue show \(name) says why, csm-enqueue retry \(name) tries again"
    }
  }

  /// The line's request with the new words in place of the old ones.
  private func words(_ old: SpeechRequest, _ endpoint: String) throws -> JobTable.Words {
    guard let speaker = old.scene.first?.speakerID,
      old.scene.allSatisfy({ $0.speakerID == speaker })
    else {
      throw Failure(
        "\(id) is a scene of \(old.scene.count) turns: change its file and add that again",
        .badInput)
    }
    var request = old
    request.scene = try pieces().map { SpeechRequest.Turn(text: $0, speakerID: speaker) }
    try demandRoom(for: request, in: old)
    return JobTable.Words(
      request: request, key: request.key(endpoint: endpoint, take: 1),
      text: request.text == text ? nil : text)
  }

  /// Refuses more words than one request can hold; what is no longer than before has the room it had.
  private func demandRoom(for request: SpeechRequest, in old: SpeechRequest) throws {
    guard !SpeechExtent(request).fits, request.characters > old.characters else { return }
    let room = SpeechExtent(SpeechRequest(scene: [], context: request.context)).charactersLeft
    throw Failure(
      "--text: \(Figures.count(request.characters, "character")) are more than one request can hold, "
        + "which is about \(Figures.count(room)) here: change the line's file and add that again, "
        + "which cuts it into parts", .badInput)
  }

  /// What is sent for the new words, as `add` would send them.
  private func pieces() throws -> [String] {
    do throws(Rejection) {
      return try SpokenText.pieces(of: text)
    } catch {
      throw Failure("--text: \(error.reason)", .badInput)
    }
  }
}
