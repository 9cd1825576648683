import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("Where a batch stands")
struct StandingTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  @Test("is nothing for an empty table")
  func empty() throws {
    let standing = try bench.table.standing(batch: nil, lately: Bench.start)
    #expect(standing.lines.isEmpty && standing.gates.isEmpty && standing.oldestOpen == nil)
    #expect(standing.charactersLeft == 0 && standing.cost == .zero && standing.finishedLately == 0)
    #expect(try bench.table.standing(batch: "nobody", lately: Bench.start).lines.isEmpty)
  }

  @Test("equals a count by hand", arguments: [UInt64.random(in: 0...(.max))])
  func random(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    func draw(_ count: Int) -> Int { Int(generator.share() * Double(count)) }
    let batches = ["a", "b", "c"]
    for batch in batches {
      let texts = (0..<40).map { _ in String(repeating: "x", count: 1 + draw(60)) }
      try bench.add(texts, batch: batch, at: Bench.start + .seconds(draw(100)))
    }
    for step in 0..<400 {
      let now = Bench.start + .seconds(step)
      let ids: [Job.ID] = try bench.column("SELECT id FROM job ORDER BY id")
      let id = ids[draw(ids.count)]
      guard let job = try? bench.job(id) else { continue }
      let moves = Sample.moves(of: job, requestID: "r\(step)", at: now)
      guard !moves.isEmpty else { continue }
      try bench.commit([moves[draw(moves.count)]], at: now)
    }
    #expect(try !bench.table.isMiscounted(), "seed \(seed)")
    _ = try bench.table.pause(reason: "dinner", at: Bench.start)
    let lately = Bench.start + .seconds(200)
    for batch in [nil] + batches.map(Optional.some) {
      let standing = try bench.table.standing(batch: batch, lately: lately)
      try expect(standing, batch, lately, seed)
    }
  }

  private func expect(
    _ standing: JobTable.Standing, _ batch: String?, _ lately: Timestamp, _ seed: UInt64
  ) throws {
    let comment = Comment(rawValue: "batch \(batch ?? "all"), seed \(seed)")
    let lines = try bench.lines { $0.batch = batch }
    let jobs = Dictionary(lines.map { ($0.id, $0) }) { first, _ in first }.values
    let open = jobs.filter { !$0.state.isEnded }
    #expect(standing.lines == Dictionary(lines.map { ($0.state, 1) }, uniquingKeysWith: +), comment)
    let waiting = open.filter { $0.state == .queued }
    #expect(standing.charactersLeft == waiting.reduce(0) { $0 + $1.characters }, comment)
    #expect(standing.oldestOpen == open.map(\.createdAt).min(), comment)
    #expect(standing.cost == jobs.compactMap(\.cost).reduce(.zero, +), comment)
    // What a person ended says nothing about the pace.
    let spoken = jobs.filter { [.stored, .failed].contains($0.state) }
    #expect(
      standing.finishedLately == spoken.count { $0.finishedAt.map { $0 >= lately } ?? false },
      comment)
    #expect(standing.gates.map(\.name) == [.paused], comment)
    let bad = lines.filter {
      [.failed, .held].contains($0.state) || $0.state == .unknown && $0.errorClass != nil
    }
    let reasons = Dictionary(grouping: bad) { "\($0.state) \($0.errorClass ?? "")" }
    #expect(standing.causes.count == reasons.count, comment)
    for cause in standing.causes {
      let same = reasons["\(cause.state) \(cause.kind)"] ?? []
      #expect(cause.lines == same.count, comment)
      let first = cause.first.map { "\($0.batch):\($0.line)" }
      #expect(first == same.map { "\($0.batch):\($0.line)" }.prefix(5).map(\.self), comment)
    }
  }
}
