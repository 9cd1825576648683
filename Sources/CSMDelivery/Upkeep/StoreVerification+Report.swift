import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace

// Repairs after a verification, and its report in words and as JSON.

extension StoreVerification.Report {
  package var isSound: Bool { losses.isEmpty && writable.isEmpty && strays.isEmpty }

  /// Moves damaged files to quarantine, and holds the jobs of damaged and missing ones.
  ///
  /// - Returns: the number of jobs that are now held.
  package func repair(
    _ workplace: Workplace, _ store: AudioStore, at now: Timestamp
  ) throws -> Int {
    guard !losses.isEmpty else { return 0 }
    return try workplace.writing { table in
      try losses.reduce(0) { held, loss in
        if loss.isDamaged { _ = try store.quarantine(ifDamaged: loss.digest) }
        return try held
          + table.forget(loss.digest, reason: loss.reason, at: now) {
            try store.contains(loss.digest)
          }
      }
    }
  }

  /// - Parameters:
  ///   - held: the number of jobs that were held by the repair.
  ///   - quarantined: the number of all files in quarantine.
  package func sentences(isFull: Bool, held: Int, quarantined: Int) -> [String] {
    let sound = objects - losses.count
    var sentences = Self.some(losses.map(\.reason))
    sentences += Self.some(writable.map { "\($0) is writable: chmod 440 it" })
    sentences += Self.some(strays.map { "\($0) is not an object: move it elsewhere" })
    sentences.append(
      "\(Figures.count(sound)) of \(Figures.count(objects, "object")) "
        + (isFull ? "read and sound" : "there, with the right length")
        + ", \(Figures.bytes(bytes))")
    if unnamed > 0 {
      sentences.append(
        "\(Figures.count(unnamed, "object")) that no line uses: csm-enqueue gc")
    }
    if quarantined > 0 { sentences.append("\(Figures.count(quarantined, "file")) in quarantine") }
    if held > 0 {
      sentences.append(
        "\(Figures.count(held, "job")) HELD: csm-enqueue retry --lost downloads them again, at no cost "
          + "while fal has them")
    }
    return sentences
  }

  /// The first sentences, and how many more there are.
  private static func some(_ sentences: [String]) -> [String] {
    let shown = 20
    guard sentences.count > shown else { return sentences }
    let more = Figures.count(sentences.count - shown)
    return sentences.prefix(shown) + ["and \(more) more like these"]
  }

  package func json(held: Int, quarantined: Int) -> JSONObject {
    [
      "objects": objects, "bytes": bytes, "lost": losses.map(\.reason), "writable": writable,
      "strays": strays, "unnamed": unnamed, "quarantined": quarantined, "held": held,
    ]
  }
}
