import CSMCore
import CSMFiles
import CSMWorkplace
import Foundation

/// The files of exports in a folder that are in no manifest row.
///
/// These are lists, joined audio, and the audio that an interrupted export was about to name. They are noted
/// in a file of their own before they get their names, so an export never takes them for somebody else's. The
/// notes are rewritten at the end of an export.
final class MadeFiles {
  /// A list, or joined audio.
  struct File: Codable, Sendable {
    let file: String
    let batch: String
    /// The form that it belongs to, or `missing`; nil for audio as earlier versions noted it.
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

  /// A line's audio that the manifest may not have, since it gets its name before the manifest is written.
  ///
  /// Also audio that belongs to no line any more, and that somebody changed.
  struct Audio: Codable, Sendable {
    let batch: String
    let line: String
    let made: ExportedFile
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
  /// The audio noted under each name.
  private var audio: [String: [Audio]] = [:]
  private var loudnesses: [[String]: Loudness] = [:]
  /// Whether the notes on disk have to be rewritten.
  var isChanged = false

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
      } else if let one = try? decoder.decode(Audio.self, from: data) {
        note(one)
      } else if let loudness = try? decoder.decode(Loudness.self, from: data) {
        loudnesses[[loudness.batch, loudness.voice]] = loudness
      }
    }
    // An interrupted export may have left temporary files where no later one writes.
    let noted = files.keys.compactMap { try? ExportName($0) }
    folder.sweep(beside: noted + audio.values.joined().map(\.made.name))
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

  private func note(_ one: Audio) {
    // An export that was interrupted again notes the same file again.
    audio[one.made.name.description, default: []].removeAll {
      $0.batch == one.batch && $0.line == one.line && $0.made.digest == one.made.digest
    }
    audio[one.made.name.description, default: []].append(one)
  }

  /// The file that was made last under the name.
  subscript(_ name: ExportName) -> File? { files[name.description] }

  /// The lists and joined audio of a batch and a form.
  func all(of batch: String, _ form: Form) -> [File] {
    files.values.filter { $0.batch == batch && $0.form == form.rawValue }
      .sorted { $0.file < $1.file }
  }

  /// The noted audio of a batch, by line.
  func audio(of batch: String) -> [String: [ExportedFile]] {
    Dictionary(grouping: audio.values.joined().filter { $0.batch == batch }, by: \.line)
      .mapValues { $0.map(\.made) }
  }

  /// The noted audio of other batches, by name.
  func audio(exceptOf batch: String) -> [Audio] {
    audio.sorted { $0.key < $1.key }.flatMap(\.value).filter { $0.batch != batch }
  }

  /// Whether an export of the batch, or of any for nil, made a file with this name and these bytes.
  func isKnown(_ digest: Digest, as name: ExportName, of batch: String?) -> Bool {
    let isAudio = audio[name.description]?.contains {
      $0.made.digest == digest && (batch == nil || $0.batch == batch)
    }
    if isAudio == true { return true }
    guard let file = files[name.description], batch == nil || file.batch == batch else {
      return false
    }
    return digests[name.description]?.contains(digest.hex) == true
  }

  /// Notes files that are about to get their names; durable on return.
  func note(_ files: [File]) throws {
    try Self.append(files, to: folder)
    files.forEach(note)
    isChanged = true
  }

  /// Writes notes of files that are about to get their names, without remembering them; durable on return.
  static func append(_ notes: [some Encodable], to folder: ExportFolder) throws {
    guard !notes.isEmpty else { return }
    try folder.append(notes.map { try JSONText.line($0) }, to: name)
  }

  /// Forgets the noted audio of a batch, which the manifest has now, except for `changed`.
  func settle(_ batch: String, except changed: [Audio]) {
    for (name, notes) in audio where notes.contains(where: { $0.batch == batch }) {
      audio[name] = notes.filter { $0.batch != batch }
      isChanged = true
    }
    changed.forEach(note)
    if !changed.isEmpty { isChanged = true }
  }

  func forget(_ name: String) {
    files[name] = nil
    isChanged = true
  }

  /// Rewrites the notes with all that later exports need.
  func finish() throws {
    guard isChanged || files.values.contains(where: { $0.form == nil }) else { return }
    let kept = files.values.filter { $0.form != nil }
    let audio = audio.sorted { $0.key < $1.key }.flatMap(\.value)
    guard !kept.isEmpty || !audio.isEmpty || !loudnesses.isEmpty else {
      return try folder.removeText(Self.name)
    }
    try folder.writeText(Self.name) { line in
      for file in kept.sorted(by: { $0.file < $1.file }) { try line(JSONText.line(file)) }
      for one in audio { try line(JSONText.line(one)) }
      for loudness in loudnesses.values.sorted(by: { $0.voice < $1.voice }) {
        try line(JSONText.line(loudness))
      }
    }
  }
}
