import CSMCore
import CSMFiles
import CSMWorkplace
import Foundation

/// What is known of the files in a folder that exports made, and that no row of a manifest tells of: lists,
/// joined audio, and what a stopped export was about to put there.
///
/// They stand in a file of their own. It is added to before a file gets its name, so that a file of ours is
/// never taken for somebody else's, and written anew at the end.
final class MadeFiles {
  /// One of them.
  struct File: Codable, Sendable {
    let file: String
    let batch: String
    /// The form that it is of; nil for a line's audio, which a manifest tells of later.
    let form: String?
    let sha256: String
    /// What it was made of, in a word; the same word means the same bytes.
    let madeOf: String?
    /// How it was left.
    let bytes: Int
    let modified: Int

    private enum CodingKeys: String, CodingKey {
      case file, batch, form, sha256, bytes
      case madeOf = "made_of"
      case modified = "mtime_ns"
    }

    init(
      _ name: ExportName, batch: String, form: Form?, digest: Digest, madeOf: String?,
      mark: FileMark
    ) {
      file = name.description
      self.batch = batch
      self.form = form?.rawValue
      sha256 = digest.hex
      self.madeOf = madeOf
      bytes = mark.bytes
      modified = mark.modified
    }

    var mark: FileMark { FileMark(bytes: bytes, modified: modified) }
  }

  /// How loud a voice was found to be.
  struct Loudness: Codable {
    let batch: String
    let voice: String
    /// A word for the audio that it was measured of.
    let measured: String
    /// Nil where all of it is silence.
    let lufs: Double?
  }

  static let name = ".csm-export.jsonl"

  private let folder: ExportFolder
  /// The last of each name; before it, in `digests`, all that were noted.
  private var files: [String: File] = [:]
  private var digests: [String: Set<String>] = [:]
  private var loudnesses: [[String]: Loudness] = [:]
  private var isChanged = false

  /// Throws `Failure` where something else has the file's name, and `FileError`.
  init(in folder: ExportFolder, path: String) throws {
    self.folder = folder
    if try folder.obstacle(at: Self.name, beginning: "{\"batch\":") != nil {
      throw Failure(inTheWay: "\(path)/\(Self.name):1: no export wrote this")
    }
    let decoder = JSONDecoder()
    try Manifest.eachLine(of: "\(path)/\(Self.name)") { line in
      let data = Data(line.bytes)
      // The last line may have been cut off.
      if let file = try? decoder.decode(File.self, from: data) {
        note(file)
      } else if let loudness = try? decoder.decode(Loudness.self, from: data) {
        loudnesses[[loudness.batch, loudness.voice]] = loudness
      }
    }
  }

  /// How loud a voice was the last time; nil where nobody measured it.
  func loudness(of voice: String, _ batch: String) -> Loudness? { loudnesses[[batch, voice]] }

  func remember(_ loudness: Loudness) {
    loudnesses[[loudness.batch, loudness.voice]] = loudness
    isChanged = true
  }

  private func note(_ file: File) {
    files[file.file] = file
    digests[file.file, default: []].insert(file.sha256)
  }

  /// What was made last under the name.
  subscript(_ name: ExportName) -> File? { files[name.description] }

  /// Lists and joined audio of a batch and a form.
  func all(of batch: String, _ form: Form) -> [File] {
    files.values.filter { $0.batch == batch && $0.form == form.rawValue }
      .sorted { $0.file < $1.file }
  }

  /// Whether an export of the batch made a file with these bytes under the name.
  func isKnown(_ digest: Digest, as name: ExportName, of batch: String) -> Bool {
    files[name.description]?.batch == batch
      && digests[name.description]?.contains(digest.hex) == true
  }

  /// Notes files that are about to get their names; durable on return.
  func note(_ files: [File]) throws {
    try Self.append(files, to: folder)
    files.forEach(remember)
  }

  /// Writes down files that are about to get their names, to be remembered later; durable on return.
  static func append(_ files: [File], to folder: ExportFolder) throws {
    guard !files.isEmpty else { return }
    try folder.append(files.map { try JSONText.line($0) }, to: name)
  }

  /// Takes over a file that was written down; nil is none.
  func remember(_ file: File?) {
    guard let file else { return }
    note(file)
    isChanged = true
  }

  func forget(_ name: String) {
    files[name] = nil
    isChanged = true
  }

  /// Writes down what is of use to later exports.
  ///
  /// - Parameter keepingAudio: whether no manifest tells of lines' audio yet.
  func finish(keepingAudio: Bool = false) throws {
    guard isChanged || files.values.contains(where: { $0.form == nil }) else { return }
    let kept = files.values.filter { $0.form != nil || keepingAudio }
    guard !kept.isEmpty || !loudnesses.isEmpty else { return try folder.removeText(Self.name) }
    try folder.writeText(Self.name) { line in
      for file in kept.sorted(by: { $0.file < $1.file }) { try line(JSONText.line(file)) }
      for loudness in loudnesses.values.sorted(by: { $0.voice < $1.voice }) {
        try line(JSONText.line(loudness))
      }
    }
  }
}
