import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// The names of all files that are there to be exported, before the first one is: as hashes, so that a
/// million of them take 16 MB.
struct NamePlan {
  /// Lines whose file cannot lie beside that of another one, and why.
  private(set) var clashes: [String: String] = [:]
  /// How many lines there are, with and without a file.
  private(set) var count = 0
  private var names: [Int] = []
  private var owners: [Int] = []

  /// - Parameter eachFile: hands over lines with their places; it is asked twice where names clash.
  init(_ naming: LineNames, eachLine: ((LineRow, Int) throws -> Void) throws -> Void) throws {
    var folded: [Int] = []
    var folders: Set<Int> = []
    try eachLine { line, place in
      count += 1
      // Without a name it is told when its turn comes.
      guard line.digest != nil, let name = try? naming.name(of: line, place) else { return }
      names.append(name.hashValue)
      owners.append(Self.owner(name, line.line))
      folded.append(Self.folded(name))
      for folder in Self.folders(name) { folders.insert(folder) }
    }
    names.sort()
    owners.sort()
    let crowded = Self.crowded(folded, folders)
    guard !crowded.isEmpty else { return }
    try findClashes(among: crowded, naming, eachLine)
  }

  /// Whether it was planned that the line's file has the name: what was spoken since may clash.
  func isPlanned(_ name: ExportName, of line: String) -> Bool {
    owners.hasSorted(Self.owner(name, line))
  }

  /// Whether another line's file has the name.
  func isOfAnother(_ name: ExportName, than line: String) -> Bool {
    names.hasSorted(name.hashValue) && !isPlanned(name, of: line)
  }

  private static func owner(_ name: ExportName, _ line: String) -> Int {
    var hasher = Hasher()
    hasher.combine(name)
    hasher.combine(line)
    return hasher.finalize()
  }

  /// The same for names that some file system takes for the same.
  private static func folded(_ name: ExportName) -> Int {
    name.description.lowercased().hashValue
  }

  private static func folders(_ name: ExportName) -> [Int] {
    (1..<max(1, name.components.count)).map {
      name.components.prefix($0).joined(separator: "/").lowercased().hashValue
    }
  }

  /// The names that more than one file has, or a file and a folder.
  private static func crowded(_ names: [Int], _ folders: Set<Int>) -> Set<Int> {
    let sorted = names.sorted()
    var crowded = Set(zip(sorted, sorted.dropFirst()).lazy.filter { $0 == $1 }.map(\.0))
    for name in sorted where folders.contains(name) { crowded.insert(name) }
    return crowded
  }

  private mutating func findClashes(
    among crowded: Set<Int>, _ naming: LineNames,
    _ eachLine: ((LineRow, Int) throws -> Void) throws -> Void
  ) throws {
    var names: [ExportName] = []
    var lines: [String] = []
    try eachLine { line, place in
      guard line.digest != nil, let name = try? naming.name(of: line, place),
        ([Self.folded(name)] + Self.folders(name)).contains(where: crowded.contains)
      else { return }
      names.append(name)
      lines.append(line.line)
    }
    let collisions = ExportName.collisions(among: names)
    // A template that does not tell the lines apart is a mistake; an id that does not is one line's.
    if let first = collisions.first, !naming.template.isStandard {
      throw Failure(
        "\(Figures.count(collisions.count, "file name")) would clash, such as "
          + "\(names[first.first]) and \(names[first.second]): give the lines other ids, or "
          + "name more of them with --name, such as {n:05}-{id}.{ext}", .badInput)
    }
    for collision in collisions {
      let (first, second) = (collision.first, collision.second)
      clashes[lines[second]] =
        "its file \(names[second]) cannot lie beside \(names[first]), that of \(lines[first]): add it under "
        + "another id, or export with --name '{n:05}-{id}.{ext}'"
    }
  }
}

extension [Int] {
  /// Whether the value is among these, which are sorted.
  fileprivate func hasSorted(_ value: Int) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == value
  }
}
