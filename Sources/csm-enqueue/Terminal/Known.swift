import CSMCore
import CSMSQLite
import CSMWorkplace

/// What the shell offers behind an option: names that are in the table.
///
/// Where there is no table, or it cannot be read, nothing is offered.
enum Known {
  private static let linesMax = 500

  @Sendable
  static func batches(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    (try? Workplace().reading { try $0.batchNames() }) ?? []
  }

  @Sendable
  static func voices(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    (try? Workplace().reading { try $0.voices().map(\.name) }) ?? []
  }

  /// Lines by their ids, those of the newest batch first; bare ones where the prefix has no batch.
  @Sendable
  static func lines(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    var selection = Selection()
    if !prefix.isEmpty { selection.ids = [prefix + "*"] }
    var names: [String] = []
    _ = try? Workplace().reading { table in
      try table.lines(selection, in: LineOrder(.batch), limit: linesMax) { line in
        names.append(prefix.contains(":") ? "\(line.batch):\(line.line)" : line.line)
      }
    }
    return names
  }
}
