import CSMCore
import Testing

@testable import CSMSQLite

@Suite("Words that return to their line")
struct FormerTakeTests {
  private let bench: Bench

  init() throws {
    bench = try Bench(role: .daemon)
    try bench.add(2)
  }

  /// How the words of the first line leave it and return.
  enum Way: CaseIterable { case file, pruning, person }

  private func leaveAndReturn(_ way: Way) throws {
    let lines = Bench.lines(2)
    switch way {
    case .file: try bench.add([NewLine("other words", number: 1, id: "l1"), lines[1]])
    case .pruning: try bench.add([lines[1]], isPruning: true)
    case .person: try bench.edit("l1", "other words")
    }
    #expect(try bench.lines { $0.age = .former }.map(\.line) == ["l1", "l1"], "both takes")
    if way == .person {
      try bench.edit("l1", "\(Bench.text) 1")
    } else {
      #expect(try bench.add(lines, at: Bench.start + .seconds(60)).queued == 0)
    }
    #expect(try bench.lines { $0.age = .former }.map(\.line) == ["l1"], "its other take")
    #expect(try !bench.table.isMiscounted())
  }

  @Test(
    "get their better take again, and are listed as the author wrote them", arguments: Way.allCases)
  func better(_ way: Way) throws {
    try bench.store(1, .silent)
    try bench.store(3, .fine)
    try leaveAndReturn(way)
    #expect(try bench.line().id == 3 && bench.line().text == "\(Bench.text) 1")
    #expect(try bench.takes() == ["1 STORED", "2 STORED"])
    #expect(try bench.number("SELECT count(*) FROM job") == 3)
  }

  @Test("get the take again that a person picked, each time", arguments: Way.allCases)
  func picked(_ way: Way) throws {
    try bench.store(1, .fine)
    try bench.reroll { $0.ids = ["l1"] }
    try bench.store(3, .fine)
    var selection = Selection()
    selection.ids = ["l1"]
    for take in [1, 2, 1, 2] {
      _ = try bench.table.pick(selection, take: take, at: Bench.start)
      try leaveAndReturn(way)
      #expect(try bench.line().take == take && bench.line().isPinned)
      #expect(try bench.takes() == ["1 STORED", "2 STORED"])
    }
  }

  @Test("are accepted if a person accepted their audio", arguments: Way.allCases)
  func accepted(_ way: Way) throws {
    try bench.store(1, .silent)
    try bench.store(3, .silent)
    var selection = Selection()
    selection.ids = ["l1"]
    #expect(try bench.table.accept(selection, at: Bench.start).accepted == 1)
    try leaveAndReturn(way)
    #expect(try bench.line().id == 1 && bench.line().isAccepted && bench.line().isPinned)
  }

  @Test("get a take that is on its way, and show it once it is stored", arguments: Way.allCases)
  func pending(_ way: Way) throws {
    try bench.store(1, .silent)
    try bench.bring(3, to: .completed)
    try leaveAndReturn(way)
    #expect(try bench.lines { $0.age = .former }.map(\.former) == [.candidate])
    try bench.store(3, .fine)
    #expect(try bench.line().id == 3)
  }

  @Test(
    "keep what a person chose for one of two lines with the same words",
    arguments: [Way.file, .person])
  func shared(_ way: Way) throws {
    let bench = try Bench(role: .daemon)
    let lines = ["a", "b"].enumerated().map { NewLine("same", number: $0 + 1, id: $1) }
    try bench.add(lines)
    try bench.store(1, .fine)
    try bench.reroll { $0.batch = "night" }
    try bench.store(Job.ID(bench.number("SELECT max(id) FROM job")), .fine)
    var selection = Selection()
    selection.ids = ["a"]
    for take in [1, 2] {
      _ = try bench.table.pick(selection, take: take, at: Bench.start)
      if way == .file {
        try bench.add([NewLine("other", number: 1, id: "a"), lines[1]])
        try bench.add(lines)
      } else {
        try bench.edit("a", "other")
        try bench.edit("a", "same")
      }
      #expect(try bench.line("a").take == take && bench.line("a").isPinned)
      #expect(try bench.line("b").take == 2 && !bench.line("b").isPinned)
      #expect(try bench.takes("a") == ["1 STORED", "2 STORED"])
      #expect(try bench.lines { $0.age = .former }.map(\.line).sorted() == ["a", "b"])
    }
    #expect(try !bench.table.isMiscounted())
  }

  @Test("are no former words while another line waits for their audio")
  func awaited() throws {
    let bench = try Bench()
    try bench.add(["same", "same"])
    try bench.bring(1, to: .inProgress)
    try bench.edit("L1", "other")
    #expect(try bench.lines { $0.age = .former }.isEmpty)
  }

  /// How words that a person gave to a line return to it: from that person, or from the file, which may say
  /// them before they have left.
  enum EditedWay: CaseIterable { case person, file, fileAtOnce }

  @Test(
    "get their takes again, and what a person chose, if they are of an edit",
    arguments: EditedWay.allCases)
  func edited(_ way: EditedWay) throws {
    try bench.store(1, .fine)
    try bench.edit("l1", "\(Bench.text) there")
    try bench.store(3, .silent)
    try bench.store(4, .fine)
    #expect(try bench.line().id == 4)
    var selection = Selection()
    selection.ids = ["l1"]
    _ = try bench.table.pick(selection, take: 1, at: Bench.start)
    if way != .fileAtOnce { try bench.edit("l1", "\(Bench.text) elsewhere") }
    if way == .person {
      try bench.edit("l1", "\(Bench.text) there")
    } else {
      try bench.add([NewLine("\(Bench.text) there", number: 1, id: "l1"), Bench.lines(2)[1]])
    }
    #expect(try bench.line().id == 3 && bench.line().isPinned)
    #expect(try bench.takes() == ["1 STORED", "2 STORED"])
    #expect(try bench.number("SELECT count(*) FROM job") == 4)
    #expect(
      try bench.number("SELECT is_edited FROM batch_item WHERE line = 'l1' AND former IS NULL")
        == (way == .person ? 1 : 0))
    #expect(try !bench.table.isMiscounted())
  }

  @Test("of the file get nothing of an edit")
  func notOfEdit() throws {
    try bench.store(1, .fine)
    try bench.edit("l1", "\(Bench.text) there")
    try bench.store(3, .fine)
    var selection = Selection()
    selection.ids = ["l1"]
    _ = try bench.table.accept(selection, at: Bench.start)
    try bench.edit("l1", "\(Bench.text) 1")
    #expect(try bench.line().id == 1 && !bench.line().isPinned)
    #expect(try bench.takes() == ["1 STORED"])
    #expect(try bench.lines { $0.age = .former }.map(\.id) == [3])
  }
}
