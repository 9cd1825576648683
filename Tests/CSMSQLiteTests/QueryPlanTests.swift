import Testing

@testable import CSMCore
@testable import CSMSQLite

/// Checks the plans of the statements that the module really runs.
@Suite("Query plans")
struct QueryPlanTests {
  /// A call, the indices that it must use, and whether it may sort.
  struct Hot: Sendable, CustomTestStringConvertible {
    let name: String
    let indices: [String]
    var maySort = false
    /// Whether the call concerns all rows.
    var mayScan = false
    let call: @Sendable (Bench) throws -> Void
    var testDescription: String { name }
  }

  static let calls: [Hot] = [
    Hot(name: "activeJobs", indices: ["job_state"], maySort: true) {
      _ = try $0.table.activeJobs()
    },
    Hot(name: "dueJobs and nextDue", indices: ["job_line", "job_wake"]) {
      _ = try $0.table.dueJobs(limit: 8, at: Bench.start)
    },
    Hot(name: "control", indices: ["job_state", "job_wake"]) {
      _ = try $0.table.control(at: Bench.start)
    },
    Hot(name: "resume", indices: ["INDEX job_wake (wake_at>?)", "INDEX job_waits"]) {
      _ = try $0.table.resume(at: Bench.start)
    },
    Hot(name: "spent", indices: ["COVERING INDEX submission_time"]) {
      _ = try $0.table.spent(since: Bench.start)
    },
    Hot(name: "ownedRequests", indices: ["sqlite_autoindex_submission_1", "INTEGER PRIMARY KEY"]) {
      _ = try $0.table.ownedRequests(among: ["r"])
    },
    Hot(name: "hasRequest", indices: ["sqlite_autoindex_submission_1"]) {
      _ = try $0.table.hasRequest("r")
    },
    Hot(
      name: "commit",
      indices: [
        "INDEX job_need_of (needs_id=?)", "INTEGER PRIMARY KEY (rowid=?)",
        "INDEX sqlite_autoindex_submission_1 (request_id=?)",
      ]
    ) { try $0.bring(1, to: .stored) },
    Hot(name: "jobCounts", indices: ["COVERING INDEX job_state"]) { _ = try $0.table.jobCounts() },
    Hot(
      name: "standing of everything",
      indices: [
        "COVERING INDEX job_state", "COVERING INDEX job_finished", "COVERING INDEX job_trouble",
        "INDEX batch_item_former", "INDEX batch_item_next", "COVERING INDEX job_waits",
      ],
      maySort: true
    ) {
      _ = try $0.table.standing(batch: nil, lately: Bench.start)
    },
    Hot(
      name: "standing of a batch",
      indices: [
        "SEARCH tally USING PRIMARY KEY (batch_id=?)", "COVERING INDEX job_finished",
        "COVERING INDEX batch_item_batch (batch_id=? AND job_id=?)", "COVERING INDEX job_trouble",
      ],
      maySort: true
    ) {
      _ = try $0.table.standing(batch: "night", lately: Bench.start)
    },
    Hot(name: "what is due of batches with budgets", indices: ["COVERING INDEX batch_item_job"]) {
      _ = try $0.table.setBudget(of: "night", to: Money(microDollars: 5))
      _ = try $0.table.dueJobs(limit: 8, at: Bench.start)
    },
    Hot(
      name: "what a batch with a budget can pay for a take that csmd added",
      indices: [
        "SEARCH tally USING PRIMARY KEY (batch_id=? AND state=?)", "INDEX job_added (is_reroll=?)",
        "COVERING INDEX batch_item_batch (batch_id=? AND job_id=?)",
      ]
    ) {
      _ = try $0.table.setBudget(of: "night", to: Money(microDollars: 5))
      try $0.execute(
        """
        UPDATE job SET is_reroll = 1 WHERE id = 3;
        UPDATE batch_item SET former = 'retaken' WHERE job_id = 3
        """)
      _ = try $0.table.dueJobs(limit: 8, at: Bench.start)
    },
    Hot(
      name: "commit of an exhausted budget",
      indices: ["batch_exhausted", "COVERING INDEX batch_item_batch (batch_id=?)", "job_waits"]
    ) {
      _ = try $0.table.setBudget(of: "night", to: .zero)
      let budget = BatchBudget(id: 1, name: "night", limit: .zero, spent: .zero)
      let exhausted = ExhaustedBudget(budget: budget, nextCost: Money(microDollars: 5))
      let changes = Dispatcher.Changes(moves: [], exhausted: [exhausted])
      _ = try $0.table.commit(changes, at: Bench.start)
      _ = try $0.table.setBudget(of: "night", to: nil)
    },
    Hot(name: "waitingJobs", indices: ["COVERING INDEX job_state", "COVERING INDEX job_waits"]) {
      _ = try $0.table.waitingJobs()
    },
    Hot(name: "waitingScenes", indices: []) { _ = try $0.table.waitingScenes() },
    Hot(name: "endedBadly", indices: ["job_state", "COVERING INDEX batch_item_job"]) {
      _ = try $0.table.endedBadly()
    },
    Hot(
      name: "budgets", indices: ["job_waits", "COVERING INDEX batch_item_batch"], maySort: true
    ) { _ = try $0.table.budgets() },
    Hot(
      name: "names of jobs",
      indices: ["batch_item_job (job_id=?)", "INTEGER PRIMARY KEY (rowid=?)"], maySort: true
    ) { bench in
      let names = try bench.table.names(of: [1, 2])
      #expect(names.count == 2)
    },
    Hot(name: "costs", indices: [], maySort: true, mayScan: true) {
      for grouping in [nil] + JobTable.CostGrouping.allCases.map(Optional.some) {
        _ = try $0.table.costs(by: grouping, price: Sample.price)
      }
    },
    Hot(name: "lines", indices: [], maySort: true, mayScan: true) { _ = try $0.lines() },
    Hot(name: "a list's first lines", indices: ["SCAN item USING INDEX batch_item_order"]) {
      _ = try $0.table.lines(Selection(), in: LineOrder(.batch), limit: 2) { _ in }
    },
    Hot(
      name: "a list's last lines of a batch", indices: ["INDEX batch_item_order (batch_id=?)"]
    ) {
      var selection = Selection()
      selection.batch = "night"
      let reversed = LineOrder(.batch, isReversed: true)
      _ = try $0.table.lines(selection, in: reversed, limit: 2) { _ in }
      _ = try $0.table.count(selection)
    },
    Hot(
      name: "lines of a batch", indices: ["INDEX batch_item_order (batch_id=?)"],
      maySort: true
    ) {
      _ = try $0.lines { $0.batch = "night" }
    },
    Hot(name: "lines in a state", indices: ["job_state", "batch_item_job"], maySort: true) {
      _ = try $0.lines { $0.states = [.failed] }
    },
    Hot(name: "lines of a batch in a state", indices: ["(batch_id=?"], maySort: true) {
      _ = try $0.lines {
        $0.batch = "night"
        $0.states = [.failed]
      }
    },
    Hot(name: "a job by its id", indices: ["INTEGER PRIMARY KEY", "batch_item_job"], maySort: true)
    {
      _ = try $0.lines { $0.ids = ["1"] }
    },
    Hot(name: "upload", indices: ["INDEX upload_digest (digest=? AND expires_at>?)"]) {
      _ = try $0.table.upload(of: Sample.audio("a").digest, lastingBeyond: Bench.start)
    },
    Hot(name: "files", indices: ["PRIMARY KEY (url=?)"]) {
      _ = try $0.table.files(at: ["https://fal.media/a"])
    },
    Hot(
      name: "lines by their ids", indices: ["batch_item_line (batch_id=? AND line=?)"],
      maySort: true
    ) { bench in
      let lines = try bench.lines { $0.ids = ["L1", "night:L2"] }
      #expect(lines.count == 2)
    },
    Hot(name: "takes", indices: ["batch_item", "INTEGER PRIMARY KEY"], maySort: true) { bench in
      let lines = try bench.lines { $0.ids = ["L1"] }
      _ = try bench.table.takes(of: try #require(lines.first))
    },
    Hot(
      name: "a line's audio before",
      indices: ["batch_item_former (batch_id=? AND line=?)", "INTEGER PRIMARY KEY"],
      maySort: true
    ) { bench in
      let lines = try bench.lines { $0.ids = ["L1"] }
      _ = try bench.table.wasAudio(Sample.audio("a").digest, of: try #require(lines.first))
    },
    Hot(name: "reroll", indices: ["job_state"], maySort: true) { bench in
      try bench.bring(1, to: .stored)
      try bench.reroll { $0.states = [.stored] }
    },
    Hot(name: "a verdict", indices: ["INDEX transition_job (job_id=?)"], maySort: true) { bench in
      try bench.bring(1, to: .stored)
      let digest = try #require(try bench.lines { $0.ids = ["L1"] }.first?.digest)
      _ = try bench.table.save(Verdict(.bad), on: digest, of: 1, at: Bench.start)
    },
    Hot(
      name: "a second hearing", indices: ["INDEX batch_item_batch", "INDEX job_state"],
      maySort: true
    ) { bench in
      for id in 1...3 as ClosedRange<Job.ID> { try bench.bring(id, to: .stored) }
      try bench.execute("UPDATE batch SET rerolls = 1")
      #expect(try bench.table.secondHearing(of: [1]) != nil)
      var hearing = try #require(try bench.table.secondHearing())
      _ = try bench.table.hear(&hearing, at: Bench.start)
    },
    Hot(name: "history", indices: ["transition_job"]) { _ = try $0.table.history(of: 1) },
    Hot(name: "retry", indices: ["job_state"]) {
      var failed = Selection()
      failed.states = [.failed]
      _ = try $0.table.retry(failed, at: Bench.start)
    },
    Hot(name: "add", indices: ["sqlite_autoindex_job_1", "staged_line"], maySort: true) {
      try $0.add(["one", "zwei", "four"])
    },
    Hot(name: "add again", indices: ["batch_item_line (batch_id=? AND line=?)"], maySort: true) {
      try $0.add(["one", "two", "three"])
    },
    Hot(
      name: "add with a line inserted",
      indices: [
        "wanted USING PRIMARY KEY (key=? AND number=?)",
        "INDEX batch_item_former (batch_id=? AND line=?)",
        "(item_id=?)", "(old_line=?)",
      ], maySort: true
    ) {
      try $0.add(["zero", "one", "two", "three"])
    },
    Hot(
      name: "add with words that return",
      indices: [
        "old USING INDEX batch_item_former (batch_id=? AND line=?)",
        "SEARCH batch_item USING INDEX batch_item_former (batch_id=?)",
      ], maySort: true
    ) {
      try $0.bring(1, to: .stored)
      try $0.add(["eins", "two", "three"])
      try $0.add(["one", "two", "three"])
    },
    Hot(
      name: "add with words that return under another number",
      indices: [
        "old USING INDEX batch_item_job (job_id=? AND batch_id=? AND former=?)",
        "words USING INDEX batch_item_former (batch_id=? AND line=?)",
        "(batch_id=? AND job_id=? AND former=?)",
      ], maySort: true
    ) {
      try $0.bring(1, to: .stored)
      try $0.add(["eins", "two", "three"])
      try $0.add(["zero", "one", "two", "three"])
    },
  ]

  @Test("use their indices, and scan no table", arguments: calls)
  func plan(_ hot: Hot) throws {
    let bench = try Bench(role: .daemon)
    try bench.add(["one", "two", "three"])
    let plans = try QueryPlan.all(of: bench) { try hot.call(bench) }
    #expect(!plans.isEmpty)
    let steps = plans.flatMap(\.steps)
    for index in hot.indices {
      #expect(steps.contains { $0.contains(index) }, "\(index) is not used: \(plans)")
    }
    for plan in plans {
      for step in plan.steps where step.hasPrefix("SCAN") && !step.contains("USING") && !hot.mayScan
      {
        let isOurs = ["job", "item", "batch_item", "submission", "transition", "object"]
          .contains { step == "SCAN \($0)" }
        #expect(!isOurs, "\(step): \(plan)")
      }
      #expect(hot.maySort || !plan.steps.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    }
  }
}
