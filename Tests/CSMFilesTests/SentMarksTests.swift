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
    for mark in marks { try SentMarks(path: folder("sent")).make(mark) }
    #expect(SentMarks.read(path: folder("sent")) == Set(marks))
  }

  @Test("tell nothing where there is no file, a cut one, or something else")
  func unknown() throws {
    #expect(SentMarks.read(path: folder("nothing")) == nil)
    try SentMarks(path: folder("cut")).make(marks[0])
    #expect(truncate(folder("cut"), 15) == 0)
    #expect(SentMarks.read(path: folder("cut")) == nil)
    #expect(symlink("cut", folder("link")) == 0)
    #expect(SentMarks.read(path: folder("link")) == nil)
    #expect(SentMarks.read(path: folder("")) == nil)
  }

  @Test("say why they cannot be made")
  func full() throws {
    let marks = try SentMarks(path: "/dev/full")
    #expect {
      try marks.make(.init(job: 1, generation: 1))
    } throws: {
      "\($0)".contains("No space left on device")
    }
  }
}
