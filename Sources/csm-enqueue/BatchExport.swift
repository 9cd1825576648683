import CSMCore
import CSMFiles
import CSMInput
import CSMSQLite
import Foundation

/// One run of an export: plans all names, copies, and writes the manifest and the list of what is missing.
struct BatchExport {
  let batch: String
  let table: JobTable
  let store: AudioStore
  let folder: ExportFolder
  let path: String

  private static let manifest = "manifest.jsonl"
  private static let missing = "_missing.csv"

  /// What became of the lines.
  struct Tally {
    var written = 0
    var same = 0
    var replaced = 0
    var missing = 0
    /// Files that could not be written because something else has their name.
    var refused = 0
  }

  func run() throws -> Tally {
    let names = try plan()
    let earlier = earlierDigests()
    var tally = Tally()
    try folder.writeText(Self.manifest) { row in
      var place = 0
      try eachLine { line in
        defer { place += 1 }
        // A line that was added since is for the next run.
        let name = place < names.count ? names[place] : nil
        let isThere = try name.map { try copy(line, to: $0, earlier, &tally) } ?? false
        try row(Console.json(ManifestRow(line: line, file: isThere ? name?.description : nil)))
      }
    }
    try listMissing(&tally)
    return tally
  }

  /// The file name of every line, nil where there is no audio; none may clash.
  private func plan() throws -> [ExportName?] {
    var names: [ExportName?] = []
    try eachLine { line in
      names.append(try line.digest.map { _ in try name(of: line) })
    }
    let collisions = ExportName.collisions(among: names.compactMap(\.self))
    guard let first = collisions.first else { return names }
    let present = names.compactMap(\.self)
    throw Failure(
      "\(Figures.count(collisions.count, "file name")) would clash, such as "
        + "\(present[first.first]) and \(present[first.second]): give the lines other ids",
      exitCode: 65)
  }

  private func name(of line: LineRow) throws -> ExportName {
    let ending = line.mediaType.flatMap { $0.split(separator: "/").last.map(String.init) } ?? "wav"
    do {
      return try ExportName("\(line.line).\(ending)")
    } catch {
      throw Failure(
        "the line id \(line.line) cannot be a file name: \(error)", exitCode: 65)
    }
  }

  private func copy(
    _ line: LineRow, to name: ExportName, _ earlier: [String: Digest], _ tally: inout Tally
  ) throws -> Bool {
    guard let digest = line.digest else { return false }
    switch try folder.copy(digest, from: store, as: name, replacing: earlier[name.description]) {
    case .written: tally.written += 1
    case .same: tally.same += 1
    case .replaced: tally.replaced += 1
    case .conflict:
      tally.refused += 1
      Console.complain(["\(path)/\(name) is there, and no export put it there: left alone"])
      return false
    }
    return true
  }

  /// What the manifest of an earlier run says that it wrote.
  private func earlierDigests() -> [String: Digest] {
    let descriptor = open("\(path)/\(Self.manifest)", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [:] }
    defer { close(descriptor) }
    var digests: [String: Digest] = [:]
    var lines = InputLines(descriptor: descriptor)
    while let line = try? lines.next() {
      let row = try? JSONDecoder().decode(EarlierRow.self, from: Data(line.bytes))
      if let file = row?.file, let digest = row?.sha256.flatMap({ Digest(hex: $0) }) {
        digests[file] = digest
      }
    }
    return digests
  }

  private struct EarlierRow: Decodable {
    let file: String?
    let sha256: String?
  }

  private func listMissing(_ tally: inout Tally) throws {
    var count = 0
    try eachLine { if $0.digest == nil { count += 1 } }
    tally.missing = count
    guard count > 0 else { return try folder.removeText(Self.missing) }
    try folder.writeText(Self.missing) { row in
      try row("id,status,error_class,error,text")
      try eachLine { line in
        guard line.digest == nil else { return }
        let cells = [
          line.line, line.state.rawValue, line.errorClass ?? "", line.error ?? "", line.text,
        ]
        try row(cells.map(CSVCell.quoted).joined(separator: ","))
      }
    }
  }

  private func eachLine(_ body: (LineRow) throws -> Void) throws {
    var selection = Selection()
    selection.batch = batch
    try table.lines(selection, newestFirst: false, limit: nil, each: body)
  }
}

/// A cell of a CSV file (RFC 4180).
enum CSVCell {
  /// The cell in quotes where it must be; a text that a spreadsheet would take for a formula gets a
  /// `'` before it.
  static func quoted(_ text: String) -> String {
    let isFormula = text.unicodeScalars.first.map { "=+-@\t\r＝＋－＠".unicodeScalars.contains($0) }
    let safe = isFormula == true ? "'" + text : text
    let mustQuote = safe.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    guard mustQuote else { return safe }
    // By scalars: a quote with an accent on it is another character to Swift, and still a quote in CSV.
    var cell = String.UnicodeScalarView()
    for scalar in safe.unicodeScalars {
      cell.append(contentsOf: scalar == "\"" ? ["\"", "\""] : [scalar])
    }
    return "\"\(String(cell))\""
  }
}
