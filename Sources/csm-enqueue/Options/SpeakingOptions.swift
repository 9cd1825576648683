import ArgumentParser
import CSMAdding
import CSMCore
import CSMInput

/// Who speaks, and what is sent of the words.
struct SpeakingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The voice of all lines (--voice anna), or of one speaker (--voice Anna=anna); again for more.",
      valueName: "voice"))
  var voice: [String] = []

  @Option(
    help: ArgumentHelp(
      "A TOML file with the voices of the speakers; or auto, to take anybody without a voice.",
      discussion: "It holds [cast], then lines such as Anna = \"anna\" or "
        + "Ben = { voice = \"ben\", speaker_id = 1 }; \"*\" is everybody else.", valueName: "file"))
  var cast: String?

  @Option(help: "The speaker id of lines that name nobody, 0 to 9.")
  var speaker = 0

  @Flag(help: "A scene is one request and one file, or each of its turns is.")
  var scope = Scope.perScene

  @Option(
    help: ArgumentHelp(
      "With --per-turn: each turn hears so many turns before it, their words and their audio; it "
        + "waits until they are spoken.", valueName: "turns"))
  var chain = 0

  @Option(help: "Longer turns are cut at the end of a sentence, or where one breathes.")
  var maxChars = SpeechLimits.turnCharactersMax

  @Flag(help: "Cut no turn, however long it is.")
  var noSplit = false

  @Option(help: "What is sent: typography in plain forms (safe), or the text as it is (none).")
  var normalize = Normalization.safe

  @Option(
    help: ArgumentHelp(
      "Send words in another spelling: a file with TERM, a tab and its respelling on each line.",
      valueName: "file"))
  var replace: String?

  @Flag(help: "Name everything that CSM may speak wrong: digits, brackets, capitals, single words.")
  var lint = false

  enum Scope: String, EnumerableFlag {
    case perScene, perTurn
  }

  enum Normalization: String, ExpressibleByArgument, CaseIterable {
    case none, safe
  }

  /// What `--cast` says where anybody may speak.
  private static let anybody = "auto"

  func validate() throws {
    guard SpeechLimits.speakerIDs.contains(speaker) else {
      throw ValidationError("--speaker must be from 0 to \(SpeechLimits.speakerIDs.upperBound)")
    }
    guard (0...Chain.lengthMax).contains(chain) else {
      throw ValidationError("--chain must be from 0 to \(Chain.lengthMax)")
    }
    guard chain == 0 || scope == .perTurn else {
      throw ValidationError(
        "--chain ties the turns of a scene to each other: say --per-turn with it")
    }
    guard (20...10_000).contains(maxChars) else {
      throw ValidationError("--max-chars must be from 20 to 10000")
    }
    guard voice.count(where: { !$0.contains("=") }) <= 1 else {
      throw ValidationError("--voice NAME can be said once: for speakers say --voice Speaker=NAME")
    }
  }

  /// What the options say.
  var value: Speaking {
    Speaking(
      voices: voice, cast: cast == Self.anybody ? nil : cast, isCastAutomatic: cast == Self.anybody,
      speakerID: speaker, isPerTurn: scope == .perTurn, chain: chain,
      splitter: noSplit ? nil : Splitter(charactersMax: maxChars),
      isNormalised: normalize == .safe, respellings: replace, isThorough: lint)
  }
}
