import CSMCore
import CSMSQLite
import CSMWorkplace

/// Completions for the shell, from names in the table.
///
/// There are none if the table does not exist or cannot be read.
enum Completions {
  private static let linesMax = 500

  @Sendable
  static func batches(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    (try? Workplace().reading { try $0.batchNames() }) ?? []
  }

  @Sendable
  static func voices(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    (try? Workplace().reading { try $0.voices().map(\.name) }) ?? []
  }

  /// Ids of lines, those of the newest batch first; without the batch if the prefix has none.
  @Sendable
  static func lines(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    var selection = Selection()
    if !prefix.isEmpty { selection.ids = [prefix + "*"] }
    var names: [String] = []
    _ = try? Workplace().reading { table in
      try table.lines(selection, in: LineOrder(.batch), limit: linesMax) { line in
        names.append(prefix.contains(":") ? line.name.description : line.line)
      }
    }
    return names
  }
}
