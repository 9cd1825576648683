import Glibc
import Testing

@testable import CSMFiles

@Suite("SentMarks")
struct SentMarksTests {
  private let folder: TemporaryFolder
  private let place: SentMarksPlace
  private let marks: [SentMarks.Mark] = [
    .init(job: 1, generation: 1), .init(job: .max, generation: 7), .init(job: 1, generation: 2),
  ]

  init() throws {
    folder = try TemporaryFolder()
    place = SentMarksPlace(folders: [folder.path], prefix: "csmd", countMax: 2)
  }

  private func begin(_ life: Int64) throws -> SentMarks {
    try place.begin(life: life)
  }

  @Test("survive for the next life, and are removed once it has begun")
  func lives() throws {
    let first = try begin(-1)
    #expect(place.marks(of: -1) == [])
    for mark in marks { try first.make(mark) }
    #expect(place.marks(of: -1) == Set(marks))
    #expect(!place.isOutlived(-1))
    // Both exist until the database names the new one.
    try begin(1).make(marks[0])
    #expect(place.marks(of: -1) == Set(marks))
    #expect(!place.isOutlived(-1))
    place.removeAll(but: 1)
    #expect(place.isOutlived(-1) && !place.isOutlived(1))
    #expect(place.marks(of: -1) == nil)
    #expect(place.marks(of: 1) == [marks[0]])
    #expect(try folder.names().count == 1)
  }

  @Test("allow no conclusions about a life that wrote its marks elsewhere, or none")
  func otherLife() throws {
    try begin(1).make(marks[0])
    #expect(place.marks(of: 2) == nil)
    let elsewhere = SentMarksPlace(folders: ["/nowhere"], prefix: "csmd")
    #expect(elsewhere.marks(of: 1) == nil)
  }

  @Test("use the next folder if the first one fails, and throw if all fail")
  func folders() throws {
    try #require(mkdir(folder("other"), 0o700) == 0)
    let two = SentMarksPlace(folders: [folder("gone"), folder("other")], prefix: "csmd")
    try two.begin(life: 3).make(marks[0])
    #expect(two.marks(of: 3) == [marks[0]])
    let none = SentMarksPlace(folders: [folder("gone")], prefix: "csmd")
    #expect(throws: FileError.self) { try none.begin(life: 4) }
    let error = #expect(throws: FileError.self) {
      try SentMarksPlace(folders: [], prefix: "csmd").begin(life: 5)
    }
    #expect(error?.description.contains("a folder on a tmpfs") == true)
  }

  @Test(
    "allow no conclusions, without blocking, if something else has the name", arguments: [1, 2, 3])
  func others(life: Int64) throws {
    let sent = try begin(life)
    let name = folder(try #require(try folder.names().first))
    try #require(unlink(name) == 0)
    switch life {
    case 1: try #require(mkfifo(name, 0o600) == 0)
    case 2: try #require(mkdir(name, 0o700) == 0)
    default: try #require(symlink("/dev/null", name) == 0)
    }
    #expect(place.marks(of: life) == nil)
    #expect(throws: FileError.self) { try place.begin(life: life) }
    withExtendedLifetime(sent) {}
  }

  @Test(
    "allow no conclusions if they belong to another user",
    .enabled(if: geteuid() == 0, "takes the right to give a file away"))
  func otherUser() throws {
    try begin(1).make(marks[0])
    let name = try #require(try folder.names().first)
    #expect(chown(folder(name), 65_534, 65_534) == 0)
    #expect(place.marks(of: 1) == nil)
  }

  @Test("allow no conclusions if they were truncated")
  func cut() throws {
    try begin(1).make(marks[0])
    let name = try #require(try folder.names().first)
    #expect(truncate(folder(name), 15) == 0)
    #expect(place.marks(of: 1) == nil)
  }

  @Test(
    "are renewed when there are many; at every moment the life in the table has all of them")
  func renew() throws {
    struct Failure: Error {}
    let sent = try begin(1)
    for mark in marks { try sent.make(mark) }
    #expect(sent.areMany)
    let late = [SentMarks.Mark(job: 5, generation: 1), SentMarks.Mark(job: 6, generation: 1)]
    var named: [Int64] = [1]
    for isBegun in [false, true] {
      // The table may name the new life although it reported a failure.
      #expect(throws: Failure.self) {
        try sent.renew(
          out: {
            guard isBegun else { throw Failure() }
            return [marks[2]]
          },
          begin: { life in
            named.append(life)
            throw Failure()
          })
      }
      try sent.make(late[isBegun ? 1 : 0])
    }
    for life in named {
      #expect(place.marks(of: life)?.isSuperset(of: late + [marks[2]]) == true)
    }
    try sent.renew(out: { [marks[2]] }, begin: { named.append($0) })
    #expect(Set(named).count == 2)
    #expect(!sent.areMany)
    try sent.make(marks[0])
    #expect(try folder.names().count == 1)
    let last = try #require(named.last)
    #expect(place.marks(of: last) == Set(late + [marks[2], marks[0]]))
    #expect(place.marks(of: 1) == nil)
  }

  @Test(
    "say why they cannot be written", .enabled(if: Mount.isPermitted, "needs the right to mount"))
  func full() throws {
    try #require(mkdir(folder("small"), 0o700) == 0)
    let mount = try Mount("tmpfs", "size=4k", on: "small", in: folder)
    let small = SentMarksPlace(folders: [folder("small")], prefix: "csmd")
    let sent = try small.begin(life: 1)
    let error = #expect(throws: FileError.self) {
      for job in 0..<1000 { try sent.make(SentMarks.Mark(job: Int64(job), generation: 1)) }
    }
    #expect(error?.isOutOfSpace == true)
    withExtendedLifetime(mount) {}
  }
}
