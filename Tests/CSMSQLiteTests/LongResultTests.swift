import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("A very long result")
struct LongResultTests {
  @Test("stays in the table until its download begins, and while a person has to decide")
  func inTable() throws {
    let bench = try Bench(role: .daemon)
    try bench.add(["short", "long"])
    for id in 1...2 { try bench.bring(Int64(id), to: .completed) }
    let text = "{\"audio\": \"data:\(String(repeating: "ü", count: CollectOutcome.bytesMax / 2))\"}"
    try bench.execute("UPDATE job SET result = ? WHERE id = 2", [text])
    let jobs = try bench.table.activeJobs()
    #expect(jobs[0].state == .completed(Sample.ticket("request-1"), result: Sample.result))
    #expect(jobs[1].state == .completed(Sample.ticket("request-2"), result: nil))
    #expect(try bench.table.result(of: jobs[1]) == text)
    try bench.commit([
      jobs[1].unusable(Sample.ticket("request-2"), result: nil, Sample.problem)
    ])
    #expect(try bench.state(2) == "HELD")
    #expect(try bench.row(2)["result"] == text)
    #expect(try bench.table.result(of: jobs[1]) == nil)
  }
}
