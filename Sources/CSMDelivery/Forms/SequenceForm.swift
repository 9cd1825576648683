import CSMCore
import CSMFFmpeg
import CSMFiles

/// A form that joins lines, with gaps, into one file per scene or batch.
protocol SequenceForm: Sendable {
  /// Whether the whole batch makes one sequence; otherwise, each scene makes one.
  var isWhole: Bool { get }

  /// The extension of its files; throws `Failure` for a conversion that the form does not allow.
  func ext(_ conversion: Conversion?) throws -> String

  /// A text of everything that a file depends on besides the audio.
  func nature(of sequence: LineSequence) throws -> String

  /// Writes the file; throws `SequenceFlaw` if the audio of a part cannot be read.
  func make(_ sequence: LineSequence, into draft: ExportFolder.Draft, _ maker: Maker) throws

  /// What the form could not express unchanged, one sentence for each kind.
  func notes(on sequences: [LineSequence]) -> [String]
}

extension SequenceForm {
  func notes(on sequences: [LineSequence]) -> [String] { [] }
}

/// Lines that are joined into one file.
struct LineSequence: Sendable {
  /// The name of the scene or the batch.
  let name: String
  var parts: [Part] = []
  /// The silence between two parts, in milliseconds.
  let gap: Int
  /// The rate that was asked for, in samples per second; nil for that of the first part.
  let rate: Int?
  let conversion: Conversion?

  /// One line.
  struct Part: Sendable {
    let id: String
    let text: String
    let speaker: String?
    /// The chapter named in the input file or, if there is none, the scene.
    let heading: String?
    let digest: Digest
    /// What is done to its sound; the conversion comes later, for all parts together.
    let recipe: Recipe
    /// Its playing time.
    let milliseconds: Int
  }

  /// When each part begins, in milliseconds.
  var starts: [Int] {
    var next = 0
    return parts.map { part in
      defer { next += part.milliseconds + gap }
      return next
    }
  }

  /// The playing time of all parts, without a gap after the last.
  var milliseconds: Int { max(0, parts.reduce(-gap) { $0 + $1.milliseconds + gap }) }
}
