import ArgumentParser
import CSMAdding
import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue voice add`: stores a clip and its words under a name.
struct VoiceAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add a voice: a clip, and exactly the words spoken in it.",
    discussion: """
      WAV files are read directly, others with ffmpeg if it is installed. The clip is converted to 24 kHz \
      mono, checked, and kept in the store; csmd uploads it to fal with the first line that needs it. A \
      clip whose length does not fit its words is refused, unless you give --force.

      Examples:
        csm-enqueue voice add anna anna.wav --text-file anna.txt
        csm-enqueue voice add ben ben.mp3 --text 'The words that Ben says in it.'
      """)

  @Argument(help: "The voice's name.")
  var name: String

  @Argument(help: "The clip.")
  var clip: String

  @Option(help: "The words of the clip.")
  var text: String?

  @Option(help: ArgumentHelp("A file with the words of the clip.", valueName: "file"))
  var textFile: String?

  @Option(
    help: ArgumentHelp("A note on the speaker's consent.", valueName: "note"))
  var consent: String?

  @Flag(help: "Keep a clip whose length does not fit its words.")
  var force = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard Voice.isValid(name: name) else { throw ValidationError(Voice.nameRule) }
    guard (text == nil) != (textFile == nil) else {
      throw ValidationError("give the words of the clip: either --text or --text-file")
    }
  }

  func run() throws {
    let words = try words()
    let (sound, origin) = try ClipFile(path: clip).read()
    let voice = try VoiceClip(sound, words: words)
    let check = voice.check
    for warning in check.warnings { Console.note("\(name): warning: \(warning)") }
    guard check.faults.isEmpty else {
      throw Failure("\(clip): " + check.faults.joined(separator: "; "), .badInput)
    }
    guard check.isPlausible || force else {
      throw Failure(
        "\(clip): not kept: \(voice.pace); correct the words, or give --force", .badInput)
    }
    let row = try voice.keep(as: name, consent: consent, in: Workplace(note: Console.note))
    try report(row, check, origin)
  }

  private func words() throws -> String {
    guard let textFile else { return text ?? "" }
    guard let data = FileManager.default.contents(atPath: textFile) else {
      throw Failure("\(FileError("read", textFile))", .noInput)
    }
    guard let read = String(data: data, encoding: .utf8) else {
      throw Failure("\(textFile): this is not UTF-8 text", .badInput)
    }
    return read
  }

  private func report(_ row: VoiceRow, _ check: ClipCheck, _ origin: String) throws {
    if json { return try Console.print(json: row.json()) }
    let voice = row.voice
    let level = check.level.map { ", level \(Int($0.rounded())) dBFS" } ?? ""
    let pace = String(format: "%.1f", check.pace)
    Console.print(
      "\(voice.name): \(Figures.seconds(milliseconds: check.milliseconds)), 24 kHz mono "
        + "(\(origin))\(level), transcript \(check.characters) chars = \(pace) chars/s, "
        + (check.isPlausible ? "plausible" : "NOT plausible"))
    Console.print(
      "uses about \(check.positions) of \(Positions.all) positions in every request; csmd uploads it "
        + "to fal with the first line that needs it")
    if voice.consent == nil {
      Console.note("\(voice.name): no note on consent: --consent \"…\" keeps one with the voice")
    }
    let name = ShellWord.quoted(voice.name)
    Console.print("try it: echo 'Hello there.' | csm-enqueue add - --voice \(name)")
  }
}
