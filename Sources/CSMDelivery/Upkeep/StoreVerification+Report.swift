import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace

// What is done about a store that is not as it should be, and said.

extension StoreVerification.Report {
  package var isSound: Bool { losses.isEmpty && writable.isEmpty && strays.isEmpty }

  /// Takes what is damaged out of the way, and marks the jobs of what is lost.
  ///
  /// - Returns: how many jobs are held now.
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
  ///   - held: the jobs that were held for it.
  ///   - quarantined: all files that lie in quarantine.
  package func sentences(isFull: Bool, held: Int, quarantined: Int) -> [String] {
    let sound = objects - losses.count
    var sentences = Self.some(losses.map(\.reason))
    sentences += Self.some(writable.map { "\($0) may be written to: chmod 440 it" })
    sentences += Self.some(strays.map { "\($0) is no object: move it elsewhere" })
    sentences.append(
      "\(Figures.count(sound)) of \(Figures.count(objects, "object")) "
        + (isFull ? "read and sound" : "there, with the right length")
        + ", \(Figures.bytes(bytes))")
    if unnamed > 0 {
      sentences.append(
        "\(Figures.count(unnamed, "object")) that no line names: csm-enqueue gc")
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

  package func json(held: Int, quarantined: Int) -> JSONObject {
    [
      "objects": objects, "bytes": bytes, "lost": losses.map(\.reason), "writable": writable,
      "strays": strays, "unnamed": unnamed, "quarantined": quarantined, "held": held,
    ]
  }
}
