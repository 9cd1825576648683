import CSMCore
import Testing

@testable import CSMSQLite

@Suite("Problems of jobs that csmd works on")
struct NoticeTests {
  private let bench: Bench
  private let now = Bench.start
  private let problem = Problem("slow", "fal has worked on it for longer than 2 min")

  init() throws {
    bench = try Bench(role: .daemon)
    try bench.add(["one", "two"])
    try bench.bring(1, to: .inProgress)
  }

  @Test("are in the row while they last, and in the causes of status")
  func told() throws {
    try save(problem)
    #expect(try error() == ["slow"])
    let standing = try bench.table.standing(batch: nil, lately: now, price: Sample.price)
    #expect(standing.causes.map(\.state) == [.inProgress])
    #expect(standing.causes.map(\.kind) == ["slow"])
    try save(nil)
    #expect(try error() == [nil])
  }

  @Test("end with the next step, and do not apply to a later submit")
  func gone() throws {
    try save(problem)
    try bench.step(1, to: .completed)
    #expect(try error() == [nil])
    try save(problem, generation: 7)
    #expect(try error() == [nil])
  }

  private func save(_ problem: Problem?, generation: Int = 1) throws {
    let notice = Dispatcher.Notice(generation: generation, problem: problem)
    let changes = Dispatcher.Changes(moves: [], notices: [1: notice])
    #expect(try bench.table.commit(changes, at: now).missed.isEmpty)
  }

  private func error() throws -> [String?] {
    try bench.column("SELECT error_class FROM job WHERE id = 1")
  }
}
