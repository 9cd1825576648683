import CSMCore
import CSMFFmpeg
import CSMFiles

/// A form in which lines follow one another, with gaps, in one file a scene or a batch.
protocol SequenceForm: Sendable {
  /// Whether all lines of the batch make one sequence, and not those of each scene.
  var isWhole: Bool { get }

  /// The extension of its files. Throws `Failure` for a conversion that the form cannot have.
  func ext(_ conversion: Conversion?) throws -> String

  /// What a file depends on besides the audio, in one text.
  func nature(of sequence: LineSequence) throws -> String

  /// Writes the file.
  func make(_ sequence: LineSequence, into draft: ExportFolder.Draft, _ maker: Maker) throws

  /// What it could not say as it is, a sentence for each kind.
  func notes(on sequences: [LineSequence]) -> [String]
}

extension SequenceForm {
  func notes(on sequences: [LineSequence]) -> [String] { [] }
}

/// Lines that follow one another.
struct LineSequence: Sendable {
  /// Of the scene, or the batch.
  let name: String
  var parts: [Part] = []
  /// The silence between two, in milliseconds.
  let gap: Int
  /// The rate that was asked for; nil for that of the first.
  let rate: Int?
  let conversion: Conversion?

  /// One line.
  struct Part: Sendable {
    let id: String
    let text: String
    let speaker: String?
    /// What the author's file calls the chapter that it is in, or its scene.
    let heading: String?
    let digest: Digest
    /// What is done to its sound; it is converted later, with the others.
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

  /// The playing time of all, without a gap behind the last.
  var milliseconds: Int { max(0, parts.reduce(-gap) { $0 + $1.milliseconds + gap }) }
}
