import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// The names of all files to export, planned before the first is written.
///
/// They are kept as hashes: a million of them take 24 MB.
struct NamePlan {
  /// Lines whose file name clashes with another's, and why.
  private(set) var clashes: [String: String] = [:]
  /// The number of lines, with and without a file.
  private(set) var count = 0
  private var names: [Int] = []
  private var owners: [Int] = []
  private var folded: [Int] = []

  /// Lines that are not wanted have no name, so another line may have theirs.
  init(_ naming: LineNames, _ lines: BatchLines) throws {
    var folders: Set<Int> = []
    try lines.each { line, place in
      count += 1
      // A line that can have no name is reported when its turn comes.
      guard line.digest != nil, lines.isWanted(line), let name = try? naming.name(of: line, place)
      else { return }
      names.append(name.hashValue)
      owners.append(Self.owner(name, line.line))
      folded.append(Self.folded(name))
      for folder in Self.folders(name) { folders.insert(folder) }
    }
    names.sort()
    owners.sort()
    folded.sort()
    let crowded = Self.crowded(folded, folders)
    guard !crowded.isEmpty else { return }
    try findClashes(among: crowded, naming, lines)
  }

  /// Whether the line's file was planned with this name; a line stored later may clash.
  func isPlanned(_ name: ExportName, of line: String) -> Bool {
    owners.hasSorted(Self.owner(name, line))
  }

  /// Whether another line's file has the name.
  func isOfAnother(_ name: ExportName, than line: String) -> Bool {
    names.hasSorted(name.hashValue) && !isPlanned(name, of: line)
  }

  /// Whether a line's file has the name, or one that a file system may take for the same.
  func isTaken(_ name: ExportName) -> Bool { folded.hasSorted(Self.folded(name)) }

  private static func owner(_ name: ExportName, _ line: String) -> Int {
    var hasher = Hasher()
    hasher.combine(name)
    hasher.combine(line)
    return hasher.finalize()
  }

  /// A hash that is equal for names that a file system may take for the same.
  private static func folded(_ name: ExportName) -> Int {
    name.description.lowercased().hashValue
  }

  private static func folders(_ name: ExportName) -> [Int] {
    (1..<max(1, name.components.count)).map {
      name.components.prefix($0).joined(separator: "/").lowercased().hashValue
    }
  }

  /// The names shared by several files, or by a file and a folder.
  private static func crowded(_ sorted: [Int], _ folders: Set<Int>) -> Set<Int> {
    var crowded = Set(zip(sorted, sorted.dropFirst()).lazy.filter { $0 == $1 }.map(\.0))
    for name in sorted where folders.contains(name) { crowded.insert(name) }
    return crowded
  }

  private mutating func findClashes(
    among crowded: Set<Int>, _ naming: LineNames, _ lines: BatchLines
  ) throws {
    var names: [ExportName] = []
    var owners: [String] = []
    try lines.each { line, place in
      guard line.digest != nil, lines.isWanted(line), let name = try? naming.name(of: line, place),
        ([Self.folded(name)] + Self.folders(name)).contains(where: crowded.contains)
      else { return }
      names.append(name)
      owners.append(line.line)
    }
    let collisions = ExportName.collisions(among: names)
    // A custom template that does not tell lines apart is a mistake; a clashing id concerns its line only.
    if let first = collisions.first, !naming.template.isStandard {
      throw Failure(
        "\(Figures.count(collisions.count, "file name")) would clash, such as "
          + "\(names[first.first]) and \(names[first.second]): give the lines other ids, or "
          + "tell them apart with --name, such as {n:05}-{id}.{ext}", .badInput)
    }
    for collision in collisions {
      let (first, second) = (collision.first, collision.second)
      clashes[owners[second]] =
        "its file \(names[second]) clashes with \(names[first]) of \(owners[first]): add it under "
        + "another id, or export with --name '{n:05}-{id}.{ext}'"
    }
  }
}

extension [Int] {
  /// Whether the array, which must be sorted, contains the value.
  fileprivate func hasSorted(_ value: Int) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == value
  }
}
