import CSMFiles
import Glibc
import Testing

@Suite("SentMarks")
struct SentMarksTests {
  private let folder: TemporaryFolder
  private let marks: [SentMarks.Mark] = [
    .init(job: 1, generation: 1), .init(job: .max, generation: 7), .init(job: 1, generation: 2),
  ]

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("are there for a later life, those of the one before it too")
  func lives() throws {
    for (life, mark) in marks.enumerated() {
      try SentMarks(path: folder("sent"), life: Int64(life)).make(mark)
    }
    #expect(SentMarks.read(path: folder("sent"), life: 2) == Set(marks))
  }

  @Test("tell nothing of a life that made its marks elsewhere")
  func otherLife() throws {
    try SentMarks(path: folder("sent"), life: 1).make(marks[0])
    try SentMarks(path: folder("elsewhere"), life: 2).make(marks[1])
    #expect(SentMarks.read(path: folder("sent"), life: 2) == nil)
    #expect(SentMarks.read(path: folder("elsewhere"), life: 2) == [marks[1]])
  }

  @Test(
    "are not made in another user's file",
    .enabled(if: geteuid() == 0, "takes the right to give a file away"))
  func otherUser() throws {
    _ = try SentMarks(path: folder("sent"), life: 1)
    #expect(chown(folder("sent"), 65_534, 65_534) == 0)
    let error = #expect(throws: FileError.self) { try SentMarks(path: folder("sent"), life: 2) }
    #expect(error?.isNotPermitted == true)
  }

  @Test("tell nothing where there is no file, a cut one, or something else")
  func unknown() throws {
    func read(_ name: String) -> Set<SentMarks.Mark>? {
      SentMarks.read(path: folder(name), life: 1)
    }
    #expect(read("nothing") == nil)
    try SentMarks(path: folder("cut"), life: 1).make(marks[0])
    #expect(read("cut") == [marks[0]])
    #expect(symlink("cut", folder("link")) == 0)
    #expect(read("link") == nil)
    #expect(truncate(folder("cut"), 31) == 0)
    #expect(read("cut") == nil)
    #expect(read("") == nil)
  }

  @Test("say why they cannot be made")
  func full() throws {
    #expect {
      try SentMarks(path: "/dev/full", life: 1)
    } throws: {
      "\($0)".contains("No space left on device")
    }
  }
}
