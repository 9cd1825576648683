import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("The counts of lines")
struct TallyTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  /// Operations on lines by people and by other programs.
  private static let deeds: [@Sendable (Bench, inout SeededGenerator, Timestamp) throws -> Void] = [
    { bench, generator, now in
      let texts = (0..<9).map { _ in "words \(Int(generator.share() * 12))" }
      let batch = generator.share() < 0.5 ? "a" : "b"
      let lines = texts.enumerated().map { NewLine($0.element, number: $0.offset + 1) }
      try bench.add(lines, batch: batch, isPruning: generator.share() < 0.3, at: now)
    },
    { bench, generator, now in
      var some = Selection()
      some.ids = ["L\(1 + Int(generator.share() * 9))"]
      _ =
        try generator.share() < 0.5
        ? bench.table.cancel(some, at: now) : bench.table.retry(some, at: now)
    },
    { bench, generator, _ in try bench.reroll { $0.ids = ["L\(1 + Int(generator.share() * 9))"] } },
    { bench, _, now in
      var some = Selection()
      some.lines = [.init(batch: "a", line: "L1")]
      _ = try? bench.table.edit(some, at: now) { old, endpoint in
        var request = old
        request.scene[0].text += "!"
        return .init(
          request: request, key: .of(request.identity(endpoint: endpoint, take: 1)), text: nil)
      }
    },
    { bench, _, _ in
      try bench.execute(
        "UPDATE batch_item SET job_id = (SELECT max(id) FROM job) WHERE line = 'L2'")
    },
    { bench, _, _ in
      try? bench.execute(
        "UPDATE batch_item SET batch_id = 1, line = line || 'x' WHERE id = (SELECT max(id) FROM batch_item)"
      )
    },
    { bench, _, _ in try bench.execute("DELETE FROM batch_item WHERE line = 'L3'") },
    { bench, _, _ in
      try bench.execute("UPDATE job SET chars = chars + 5, created_at = 7 WHERE id % 5 = 0")
    },
    { bench, _, _ in try bench.execute("UPDATE submission SET cost = cost * 2 WHERE job_id % 3 = 0")
    },
    { bench, _, _ in try bench.execute("DELETE FROM submission WHERE job_id % 7 = 0") },
  ]

  @Test(
    "match the rows, whoever writes them",
    arguments: [1, UInt64.random(in: 0...(.max)), UInt64.random(in: 0...(.max))])
  func random(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    try bench.add(["one", "one", "two"], batch: "a")
    for step in 0..<200 {
      let now = Bench.start + .seconds(step)
      if generator.share() < 0.5 {
        let ids: [Job.ID] = try bench.column("SELECT id FROM job ORDER BY id")
        guard let job = try? bench.job(ids[Int(generator.share() * Double(ids.count))]) else {
          continue
        }
        let moves = Sample.moves(of: job, requestID: "r\(step)", at: now)
        guard !moves.isEmpty else { continue }
        try bench.commit([moves[Int(generator.share() * Double(moves.count))]], at: now)
      } else {
        try Self.deeds[Int(generator.share() * Double(Self.deeds.count))](bench, &generator, now)
      }
      #expect(try !bench.table.isMiscounted(), "seed \(seed), step \(step)")
    }
  }

  @Test("are found and recomputed if somebody overwrote them")
  func overwritten() throws {
    try bench.add(["one", "two"])
    try bench.add(["three"], batch: "other")
    try bench.bring(1, to: .stored)
    let right = try bench.dump("tally")
    for spoil in [
      "UPDATE tally SET lines = 7 WHERE batch_id = 1", "DELETE FROM tally WHERE batch_id = 1",
      "UPDATE batch SET cost = 1 WHERE id = 1", "UPDATE total SET queued = 9", "DELETE FROM total",
    ] {
      try bench.execute(spoil)
      #expect(try bench.table.isMiscounted())
      try bench.table.recount()
      #expect(try !bench.table.isMiscounted())
      #expect(try bench.dump("tally") == right)
    }
  }

  @Test("stop no commit, even if they would overflow")
  func overflow() throws {
    try bench.add(["one", "two"])
    try bench.execute(
      """
      UPDATE tally SET lines = 9223372036854775807, jobs = -9223372036854775807,
        chars = 9223372036854775807;
      UPDATE batch SET cost = 9223372036854775807;
      UPDATE total SET cost = 9223372036854775807, jobs = 9223372036854775807,
        queued = -9223372036854775807, chars = 9223372036854775807;
      """)
    try bench.bring(1, to: .stored)
    try bench.add(["three"], batch: "night")
    for batch in [nil, "night"] {
      _ = try bench.table.standing(batch: batch, lately: Bench.start, price: Sample.price)
    }
    _ = try bench.table.bars()
  }
}
