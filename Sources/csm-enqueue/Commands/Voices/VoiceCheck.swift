import ArgumentParser
import CSMCore
import CSMFiles
import CSMInput
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue voice check`: checks whether voices can be used, here and at fal.
struct VoiceCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check voices again: the clip in the store, its words, its upload.",
    discussion: """
      The exit code is 0 when every voice can be used. It is 1 when one cannot, or when the length of its \
      clip does not fit its words.

      Example:
        csm-enqueue voice check anna
      """)

  @Argument(
    help: ArgumentHelp("Voices; by default all.", valueName: "name"),
    completion: .custom(Completions.voices))
  var names: [String] = []

  @Flag(help: "Print JSON, one object per voice.")
  var json = false

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let rows = try workplace.reading { try $0.voiceRows(at: Workplace.now()) }
    let chosen = try names.map(SpokenText.composed).map { name in
      guard let row = rows.first(where: { $0.voice.isNamed(name) }) else {
        throw VoiceRow.missing(name, among: rows)
      }
      return row
    }
    let store = AudioStore(root: workplace.state.path)
    var isSound = true
    for row in names.isEmpty ? rows : chosen {
      let (faults, warnings, isPlausible) = try Self.judge(row, in: store)
      isSound = isSound && faults.isEmpty && isPlausible
      if json {
        try Console.print(json: row.json(faults: faults))
        continue
      }
      let state = faults.isEmpty ? "sound, uploaded \(row.uploadState)" : "CANNOT BE USED"
      Console.print("\(row.voice.name): \(state)")
      for fault in faults { Console.print("  \(Printable.line(fault))") }
      for warning in warnings { Console.print("  warning: \(Printable.line(warning))") }
    }
    guard !rows.isEmpty else {
      Console.note("no voices")
      throw ExitCode(ExitStatus.incomplete)
    }
    if !isSound { throw ExitCode(ExitStatus.incomplete) }
  }

  private static func judge(_ row: VoiceRow, in store: AudioStore) throws -> (
    faults: [String], warnings: [String], isPlausible: Bool
  ) {
    let advice = "add it again from its file"
    switch try store.verify(row.voice.clip) {
    case .absent: return (["its clip is not in the store: \(advice)"], [], true)
    case .damaged: return (["its clip in the store is damaged: \(advice)"], [], true)
    case .sound: break
    }
    let bytes = try store.bytes(of: row.voice.clip)
    guard let (sound, _) = try? Sound.read(wav: bytes) else {
      return (["its clip cannot be read: \(advice)"], [], true)
    }
    let check = ClipCheck(sound, transcript: row.voice.transcript)
    return (check.faults, check.warnings, check.isPlausible)
  }
}
