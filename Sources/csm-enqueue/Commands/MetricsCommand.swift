import ArgumentParser
import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue metrics`: figures for Prometheus.
struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Print metrics in the text format of Prometheus.",
    discussion: """
      Jobs, gates, cost and store are counted from the table. What only a running csmd knows, such as \
      calls to fal and transitions, is read from CSM_METRICS_FILE, if that is set.

      Example:
        csm-enqueue metrics | grep csm_jobs
      """)

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let families = try workplace.reading { try $0.inventory(at: Workplace.now()).families }
    for family in families { Console.show(family.text) }
    guard let path = workplace.settings.metricsFile,
      ProcessLock.isHeld(path: workplace.state.lock)
    else { return }
    let counted = Set(families.map(\.name))
    for block in Self.blocks(of: try Self.published(in: path)) {
      guard let name = block.split(separator: " ").dropFirst(2).first else { continue }
      if !counted.contains(String(name)) { Console.show(block) }
    }
  }

  private static func published(in path: String) throws -> String {
    do {
      return try SmallFile.text(at: path)
    } catch let error as FileError where error.isMissing {
      throw Failure(
        "\(error): csmd writes it within 15 s of its start, or says in its log why not",
        .noInput)
    }
  }

  /// The text of each metric, beginning with its `# HELP`.
  private static func blocks(of text: String) -> [String] {
    text.split(separator: "\n").reduce(into: []) { blocks, line in
      if line.hasPrefix("# HELP ") { blocks.append("") }
      guard let last = blocks.indices.last else { return }
      blocks[last] += line + "\n"
    }
  }
}
