import ArgumentParser
import CSMAdding
import CSMCore
import CSMInput

/// Options for who speaks and what is sent.
struct SpeakingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The voice of all lines (--voice anna) or of one speaker (--voice Anna=anna); may be repeated.",
      valueName: "voice"))
  var voice: [String] = []

  @Option(
    help: ArgumentHelp(
      "A TOML file with the voices of the speakers, or auto to allow speakers without a voice.",
      discussion: "It begins with [cast], followed by lines such as Anna = \"anna\" or "
        + "Ben = { voice = \"ben\", speaker_id = 1 }; \"*\" is everybody else.", valueName: "file"))
  var cast: String?

  @Option(help: "The speaker id, 0 to 9, of lines without a speaker.")
  var speaker = 0

  @Flag(help: "Make one request and one file per scene, or per turn.")
  var scope = Scope.perScene

  @Option(
    help: ArgumentHelp(
      "With --per-turn: give each turn the words and audio of this many turns before it; it waits for "
        + "them.", valueName: "turns"))
  var chain = 0

  @Option(help: "Split turns longer than this, at the end of a sentence or at a pause.")
  var maxChars = SpeechLimits.turnCharactersMax

  @Flag(help: "Do not split turns.")
  var noSplit = false

  @Option(help: "What is sent: plain typography (safe), or the text unchanged (none).")
  var normalize = Normalization.safe

  @Option(
    help: ArgumentHelp(
      "Respell words: a file with a term, a tab and its respelling on each line.",
      valueName: "file"))
  var replace: String?

  @Flag(
    help: "Report everything that CSM may mispronounce: digits, brackets, capitals, single words.")
  var lint = false

  enum Scope: String, EnumerableFlag {
    case perScene, perTurn
  }

  enum Normalization: String, ExpressibleByArgument, CaseIterable {
    case none, safe
  }

  /// The value of `--cast` that allows speakers without a voice.
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
        "--chain needs --per-turn")
    }
    guard (20...10_000).contains(maxChars) else {
      throw ValidationError("--max-chars must be from 20 to 10000")
    }
    guard voice.count(where: { !$0.contains("=") }) <= 1 else {
      throw ValidationError(
        "--voice NAME can be given only once; for single speakers, use --voice Speaker=NAME")
    }
  }

  /// What the options say.
  var value: Speaking {
    var composing = Composer.Options()
    composing.speakerID = speaker
    composing.isPerTurn = scope == .perTurn
    composing.chain = chain
    composing.splitter = noSplit ? nil : Splitter(charactersMax: maxChars)
    composing.isNormalised = normalize == .safe
    composing.isThorough = lint
    return Speaking(
      voices: voice, cast: cast == Self.anybody ? nil : cast, isCastAutomatic: cast == Self.anybody,
      respellings: replace, composing: composing)
  }
}
