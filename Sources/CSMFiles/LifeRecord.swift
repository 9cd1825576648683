import Glibc

/// What csmd last knew, beside the database: an older database that is put back knows less.
package struct LifeRecord: Sendable, Equatable {
  /// The number of the last step in the history of jobs.
  package let step: Int64

  package init(step: Int64) {
    self.step = step
  }

  private static let name = "csm.life"

  /// Reads the record of a state directory; nil where there is none, or none that can be read.
  package static func read(in folder: String) -> LifeRecord? {
    guard let text = try? SmallFile.text(at: "\(folder)/\(name)"),
      let step = Int64(text.prefix { $0 != "\n" })
    else { return nil }
    return LifeRecord(step: step)
  }

  /// Writes the record in place of the one before; durable on return.
  package func write(in folder: String) throws(FileError) {
    // What a crash leaves there is swept at the next start.
    let temporaries = try Directory(opening: "\(folder)/tmp")
    var file = try DurableFile(in: temporaries, prefix: "\(Self.name).", mode: 0o600)
    do {
      try Array("\(step)\n".utf8).withUnsafeBytes { try file.write($0) }
    } catch {
      throw error as? FileError ?? FileError("write", "\(folder)/\(Self.name)", code: EIO)
    }
    try file.replace(Self.name, in: try Directory(opening: folder))
  }
}
