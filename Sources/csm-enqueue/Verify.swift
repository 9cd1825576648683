import ArgumentParser
import CSMCore
import CSMFiles
import CSMSQLite

/// `csm-enqueue verify`: whether all audio that was stored is still what it was.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look whether all stored audio is there and unchanged.",
    discussion: """
      By default each file's presence, length and mode are compared with the table; --full reads \
      every byte. What is damaged is moved to quarantine, and its lines become HELD: `retry` has \
      them downloaded again, unpaid, as long as fal still has the result. Exit code 0: all is well; \
      1: something was found.
      """)

  @Flag(help: "Read every file and compare its SHA-256 with its name.")
  var full = false

  @Flag(help: "As JSON.")
  var json = false

  func run() throws {
    let workplace = try Workplace()
    let store = AudioStore(root: workplace.state.path)
    let now = Workplace.now()
    let (report, complaints) = try workplace.reading { table in
      let complaints = try table.integrityComplaints(isQuick: !full)
      let verification = StoreVerification(table: table, store: store, isFull: full, now: now)
      return (try verification.run(), complaints)
    }
    if let complaints { throw TableError.damaged(complaints) }
    let held = try mend(report, workplace, store, now)
    try tell(report, held: held, quarantined: store.quarantined().count)
  }

  /// Takes what is damaged out of the way, and marks the jobs of what is lost.
  ///
  /// - Returns: how many jobs are held now.
  private func mend(
    _ report: StoreVerification.Report, _ workplace: Workplace, _ store: AudioStore,
    _ now: Timestamp
  ) throws -> Int {
    guard !report.losses.isEmpty else { return 0 }
    return try workplace.writing { table in
      try report.losses.reduce(0) { held, loss in
        if loss.isDamaged { _ = try store.quarantine(ifDamaged: loss.digest) }
        return try held
          + table.forget(loss.digest, reason: loss.reason, at: now) {
            try store.contains(loss.digest)
          }
      }
    }
  }

  private func tell(_ report: StoreVerification.Report, held: Int, quarantined: Int) throws {
    let isSound = report.losses.isEmpty && report.writable.isEmpty && report.strays.isEmpty
    if json {
      try Console.print(
        json: Outcome(
          objects: report.objects, bytes: report.bytes, lost: report.losses.map(\.reason),
          writable: report.writable, strays: report.strays, unnamed: report.unnamed,
          quarantined: quarantined, held: held))
    } else {
      for sentence in sentences(report, held: held, quarantined: quarantined) {
        Console.print(Printable.line(sentence))
      }
    }
    if !isSound { throw ExitCode(1) }
  }

  private func sentences(
    _ report: StoreVerification.Report, held: Int, quarantined: Int
  ) -> [String] {
    let sound = report.objects - report.losses.count
    var sentences = Self.some(report.losses.map(\.reason))
    sentences += Self.some(report.writable.map { "\($0) may be written to: chmod 440 it" })
    sentences += Self.some(report.strays.map { "\($0) is no object: move it elsewhere" })
    sentences.append(
      "\(Figures.count(sound)) of \(Figures.count(report.objects, "object")) "
        + (full ? "read and sound" : "there, with the right length")
        + ", \(Figures.bytes(report.bytes))")
    if report.unnamed > 0 {
      sentences.append(
        "\(Figures.count(report.unnamed, "object")) that no line names: csm-enqueue gc")
    }
    if quarantined > 0 { sentences.append("\(Figures.count(quarantined, "file")) in quarantine") }
    if held > 0 {
      sentences.append(
        "\(Figures.count(held, "job")) HELD: csm-enqueue retry --lost downloads them again, unpaid, "
          + "while fal has them")
    }
    return sentences
  }

  /// The first of many sentences, and how many there are beyond.
  private static func some(_ sentences: [String]) -> [String] {
    let shown = 20
    guard sentences.count > shown else { return sentences }
    return sentences.prefix(shown) + ["and \(Figures.count(sentences.count - shown)) more such"]
  }

  private struct Outcome: Encodable {
    let objects: Int
    let bytes: Int
    let lost: [String]
    let writable: [String]
    let strays: [String]
    let unnamed: Int
    let quarantined: Int
    let held: Int
  }
}
