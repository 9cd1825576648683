import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("Listing in pages")
struct PagingTests {
  let bench: Bench

  init() throws { bench = try Bench(role: .daemon) }

  @Test("all lines come once and in order, across several pages")
  func pages() throws {
    try bench.add((1...1203).map { "text \($0)" })
    let reader = try bench.another(.reader)
    for (newestFirst, limit) in [(false, nil), (true, nil), (true, 700), (false, 500)] {
      var ids: [Int64] = []
      let count = try reader.lines(Selection(), in: newestFirst ? .newest : .added, limit: limit) {
        ids.append($0.id)
      }
      let all = Array(Int64(1)...1203)
      #expect(ids == Array((newestFirst ? all.reversed() : all).prefix(limit ?? all.count)))
      #expect(count == ids.count)
    }
  }

  @Test("skipped lines leave the rest unchanged")
  func skipped() throws {
    try bench.add((1...1203).map { "text \($0)" })
    let reader = try bench.another(.reader)
    func ids(offset: Int, limit: Int?) throws -> (count: Int, ids: [Int64]) {
      var ids: [Int64] = []
      let count = try reader.lines(Selection(), in: .added, offset: offset, limit: limit) {
        ids.append($0.id)
      }
      return (count, ids)
    }
    #expect(try ids(offset: 1201, limit: nil) == (2, [1202, 1203]))
    #expect(try ids(offset: 2, limit: 2) == (2, [3, 4]))
    #expect(try ids(offset: 2000, limit: 2) == (0, []))
  }

  @Test("a reader who pauses does not keep the log from being emptied")
  func pause() throws {
    try bench.add((1...10).map { "text \($0)" })
    let reader = try bench.another(.reader)
    var looks = 0
    try reader.lines(Selection(), in: .newest, limit: nil) { _ in
      guard looks == 0 else { return }
      looks += 1
      try bench.add((1...50).map { "more \($0)" }, batch: "more")
      let row = try bench.table.queue.writeWithoutTransaction {
        try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(PASSIVE)")
      }
      let (frames, moved): (Int, Int) = try (#require(row?["log"]), #require(row?["checkpointed"]))
      #expect(frames > 0 && moved == frames)
    }
    #expect(looks == 1)
  }
}
