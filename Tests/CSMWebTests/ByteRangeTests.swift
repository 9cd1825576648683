import Testing

@testable import CSMWeb

/// Ranges of bytes, as players request them.
@Suite("Byte ranges")
struct ByteRangeTests {
  static let cases: [(String?, ByteRange)] = [
    (nil, .whole), ("bytes=0-0", .part(0..<1)), ("bytes=0-", .part(0..<100)),
    ("bytes=10-19", .part(10..<20)), ("bytes=90-999", .part(90..<100)),
    ("bytes=-10", .part(90..<100)), ("bytes=-999", .part(0..<100)),
    ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
    ("bytes=99999999999999999999999-", .unsatisfiable),
    ("bytes=0-99999999999999999999999", .part(0..<100)),
    ("bytes=5-4", .whole), ("bytes=0-1,5-6", .whole), ("bytes=", .whole), ("bytes=-", .whole),
    ("bytes=+1-2", .whole), ("bytes=1-2-3", .whole), ("bytes=a-b", .whole), ("lines=0-1", .whole),
    ("BYTES=1-2", .part(1..<3)),
  ]

  @Test("each form of a range", arguments: cases)
  func range(header: String?, expected: ByteRange) {
    #expect(ByteRange(header, size: 100) == expected)
  }

  @Test("an empty file has no part")
  func empty() {
    #expect(ByteRange("bytes=0-", size: 0) == .unsatisfiable)
    #expect(ByteRange("bytes=-1", size: 0) == .unsatisfiable)
  }
}
