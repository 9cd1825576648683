import CSMCore
import CSMFiles
import CSMWorkplace
import Foundation

/// The files of exports in a folder that are in no manifest row.
///
/// These are lists, joined audio, and the files that a stopped export was about to name. They are noted in a
/// file of their own before they get their names, so an export never takes them for somebody else's. The
/// notes are rewritten at the end of an export.
final class MadeFiles {
  /// A file that an export made.
  struct File: Codable, Sendable {
    let file: String
    let batch: String
    /// The form that it belongs to, or `missing`; nil for a line's audio, which the manifest will list.
    let form: String?
    let sha256: String
    /// A digest of what it was made of; the same digest means the same bytes.
    let madeOf: String?
    /// Its size when it was written.
    let bytes: Int
    let modified: Int

    private enum CodingKeys: String, CodingKey {
      case file, batch, form, sha256, bytes
      case madeOf = "made_of"
      case modified = "mtime_ns"
    }

    init(
      _ name: ExportName, batch: String, form: String?, digest: Digest, madeOf: String?,
      mark: FileMark
    ) {
      file = name.description
      self.batch = batch
      self.form = form
      sha256 = digest.hex
      self.madeOf = madeOf
      bytes = mark.bytes
      modified = mark.modified
    }

    var mark: FileMark { FileMark(bytes: bytes, modified: modified) }
  }

  /// The measured loudness of a voice.
  struct Loudness: Codable {
    let batch: String
    let voice: String
    /// A digest of the audio that was measured.
    let measured: String
    /// The loudness; nil if all of the audio is silent.
    let lufs: Double?
  }

  static let name = ".csm-export.jsonl"

  private let folder: ExportFolder
  /// The last file noted under each name; `digests` has all of them.
  private var files: [String: File] = [:]
  private var digests: [String: Set<String>] = [:]
  private var loudnesses: [[String]: Loudness] = [:]
  private var isChanged = false

  /// Reads the notes; throws `FileError`, and `Failure` if something else has their file name.
  init(in folder: ExportFolder, path: String) throws {
    self.folder = folder
    if try folder.obstacle(at: Self.name, beginning: "{\"batch\":") != nil {
      throw Failure(inTheWay: "\(path)/\(Self.name):1: no export wrote this")
    }
    let decoder = JSONDecoder()
    try Manifest.eachLine(of: "\(path)/\(Self.name)") { line in
      let data = Data(line.bytes)
      // A crash may have cut off the last line.
      if let file = try? decoder.decode(File.self, from: data) {
        note(file)
      } else if let loudness = try? decoder.decode(Loudness.self, from: data) {
        loudnesses[[loudness.batch, loudness.voice]] = loudness
      }
    }
  }

  /// The last loudness of a voice; nil if it was never measured.
  func loudness(of voice: String, _ batch: String) -> Loudness? { loudnesses[[batch, voice]] }

  func remember(_ loudness: Loudness) {
    loudnesses[[loudness.batch, loudness.voice]] = loudness
    isChanged = true
  }

  private func note(_ file: File) {
    files[file.file] = file
    digests[file.file, default: []].insert(file.sha256)
  }

  /// The file that was made last under the name.
  subscript(_ name: ExportName) -> File? { files[name.description] }

  /// The lists and joined audio of a batch and a form.
  func all(of batch: String, _ form: Form) -> [File] {
    files.values.filter { $0.batch == batch && $0.form == form.rawValue }
      .sorted { $0.file < $1.file }
  }

  /// Whether an export of the batch, or of any for nil, made a file with this name and these bytes.
  func isKnown(_ digest: Digest, as name: ExportName, of batch: String?) -> Bool {
    guard let file = files[name.description], batch == nil || file.batch == batch else {
      return false
    }
    return digests[name.description]?.contains(digest.hex) == true
  }

  /// Notes files that are about to get their names; durable on return.
  func note(_ files: [File]) throws {
    try Self.append(files, to: folder)
    files.forEach(remember)
  }

  /// Writes notes of files that are about to get their names, without remembering them; durable on return.
  static func append(_ files: [File], to folder: ExportFolder) throws {
    guard !files.isEmpty else { return }
    try folder.append(files.map { try JSONText.line($0) }, to: name)
  }

  /// Remembers a file that `append` noted; does nothing for nil.
  func remember(_ file: File?) {
    guard let file else { return }
    note(file)
    isChanged = true
  }

  func forget(_ name: String) {
    files[name] = nil
    isChanged = true
  }

  /// Rewrites the notes with all that later exports need.
  func finish() throws {
    guard isChanged || files.values.contains(where: { $0.form == nil }) else { return }
    let kept = files.values.filter { $0.form != nil }
    guard !kept.isEmpty || !loudnesses.isEmpty else { return try folder.removeText(Self.name) }
    try folder.writeText(Self.name) { line in
      for file in kept.sorted(by: { $0.file < $1.file }) { try line(JSONText.line(file)) }
      for loudness in loudnesses.values.sorted(by: { $0.voice < $1.voice }) {
        try line(JSONText.line(loudness))
      }
    }
  }
}
