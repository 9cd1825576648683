import Glibc

/// How far the database had got, in a file of its own; reveals that an older database was put back.
package struct LifeRecord: Sendable, Equatable {
  /// The token of the life recorded in the database; two tokens while a new life begins.
  package let lives: [Int64]
  /// The number of the last step in the job history.
  package let step: Int64

  package init(lives: [Int64], step: Int64) {
    self.lives = lives
    self.step = step
  }

  private static let name = "csm.life"

  /// Reads the record of a state directory; nil if it is missing or unreadable.
  package static func read(in folder: String) -> LifeRecord? {
    guard let text = try? SmallFile.text(at: "\(folder)/\(name)") else { return nil }
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Int64($0) }
    guard numbers.count > 1, !numbers.contains(nil) else { return nil }
    let known = numbers.compactMap(\.self)
    return LifeRecord(lives: Array(known.dropFirst()), step: known[0])
  }

  /// Replaces the record; durable on return.
  package func write(in folder: String) throws {
    let line = ([step] + lives).map(String.init).joined(separator: " ") + "\n"
    // The next start removes what a crash leaves there.
    let temporaries = try Directory(opening: "\(folder)/tmp")
    var file = try DurableFile(in: temporaries, prefix: "\(Self.name).", mode: 0o660)
    try file.write(Array(line.utf8))
    try file.replace(Self.name, in: try Directory(opening: folder))
  }
}
