import Foundation
import Glibc
import Logging
import Synchronization
import Testing

@testable import CSMCore
@testable import CSMDaemon
@testable import CSMSQLite

@Suite("The log")
struct LogTests {
  private let move: Move = {
    let job = Job(
      id: 7, request: SpeechRequest(scene: [.init(text: "The eagle lands.", speakerID: 0)]),
      generation: 1,
      state: .submitting(intent: Timestamp(milliseconds: 0)), submits: 1)
    var generator = SeededGenerator(seed: 1)
    return job.after(
      .rejected(Problem("bad_input", "two\nlines\u{1B}[31m")),
      intent: Timestamp(milliseconds: 0), at: Timestamp(milliseconds: 0), generator: &generator)
  }()

  private func log(_ sink: LogSink) -> EventLog {
    EventLog(Logger(label: "test") { _ in LineLogHandler(sink: sink) })
  }

  private func failure(_ log: EventLog) {
    var name = JobTable.JobName()
    (name.batches, name.lines) = (["night", "day"], ["night:L0001", "day:L0009"])
    log.saved(.init(moves: [move], gates: [:]), missed: []) { _ in [7: name] }
  }

  @Test("the journal gets each field by itself, and a fixed message id")
  func journal() throws {
    let journal = try FakeJournal()
    failure(log(LogSink(.journal(try #require(JournalSocket(path: journal.path))))))
    let entry = try #require(try journal.entries().first)
    #expect(entry["PRIORITY"] == ["3"])
    #expect(entry["SYSLOG_IDENTIFIER"] == ["csmd"])
    #expect(entry["MESSAGE_ID"] == ["f48717d9b5394f35bef33da35d703f77"])
    #expect(entry["CSM_JOB"] == ["7"])
    #expect(entry["CSM_STATE"] == ["FAILED"])
    #expect(entry["CSM_FROM"] == ["SUBMITTING"])
    #expect(entry["CSM_BATCH"] == ["night", "day"])
    #expect(entry["CSM_ERROR_CLASS"] == ["bad_input"])
    #expect(entry["CSM_ERROR"] == ["two\nlines\u{1B}[31m"])
    let message = try #require(entry["MESSAGE"]?.first)
    #expect(entry["CSM_LINE"] == ["night:L0001", "day:L0009"])
    #expect(
      message.hasPrefix("FAILED job=7 line=night:L0001 line=day:L0009 cause=rejected"), "\(message)"
    )
    #expect(message.contains("two^Jlines^[[31m"))
    #expect(!message.contains("batch") && !message.contains("f48717"))
    #expect(!entry.values.joined().contains { $0.contains("eagle") })
  }

  @Test("an entry that is too long for a datagram comes whole, by a sealed file")
  func long() throws {
    let journal = try FakeJournal()
    let socket = try #require(JournalSocket(path: journal.path))
    let text = String(repeating: "long ", count: 1 << 20)
    #expect(socket.send([("MESSAGE", text), ("CSM_JOB", "1")]) == .sent)
    let entry = try #require(try journal.entries().first)
    #expect(entry["MESSAGE"] == [text])
    #expect(entry["CSM_JOB"] == ["1"])
  }

  @Test("a full journal holds nobody up; what was dropped is counted, and told of later")
  func full() throws {
    let journal = try FakeJournal()
    let log = log(LogSink(.journal(try #require(JournalSocket(path: journal.path)))))
    let start = ContinuousClock.now
    for _ in 0..<5000 { failure(log) }
    #expect(ContinuousClock.now - start < .seconds(120))
    let kept = try journal.entries().count
    #expect(kept > 0 && kept < 5000)
    failure(log)
    let later = try journal.entries()
    #expect(later.count == 2)
    #expect(later.first?["CSM_LINES"] == ["\(5000 - kept)"])
    #expect(later.last?["CSM_JOB"] == ["7"])
  }

  @Test("the journal is standard error's reader only where the system says so")
  func stream() {
    var status = stat()
    #expect(fstat(STDERR_FILENO, &status) == 0)
    #expect(JournalSocket.isStandardError("\(status.st_dev):\(status.st_ino)"))
    #expect(!JournalSocket.isStandardError("\(status.st_dev):\(status.st_ino + 1)"))
    #expect(!JournalSocket.isStandardError(nil))
  }
}

/// A socket that takes entries as journald does.
private final class FakeJournal: Sendable {
  let path: String
  private let number: Int32

  init() throws {
    var template = Array("/tmp/csm-journal.XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template))) + "/socket"
    number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(code == 0)
  }

  deinit {
    close(number)
    try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
  }

  /// The entries that have come since the last time.
  func entries() throws -> [[String: [String]]] {
    var entries: [[String: [String]]] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var control = [UInt64](repeating: 0, count: 8)
    while true {
      let count = buffer.withUnsafeMutableBytes { bytes in
        control.withUnsafeMutableBytes { control in
          var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
          return withUnsafeMutablePointer(to: &part) { part in
            var message = msghdr()
            message.msg_iov = part
            message.msg_iovlen = 1
            message.msg_control = control.baseAddress
            message.msg_controllen = control.count
            return recvmsg(number, &message, Int32(MSG_DONTWAIT))
          }
        }
      }
      if count < 0 { return entries }
      entries.append(
        try Self.fields(
          count > 0 ? Array(buffer.prefix(count)) : Self.file(Int32(control[2] & 0xFFFF_FFFF))))
    }
  }

  /// A file that was sent must be sealed, or journald does not read it.
  private static func file(_ number: Int32) throws -> [UInt8] {
    defer { close(number) }
    let getSeals: Int32 = 1034
    #expect(fcntl(number, getSeals) == 0xF)
    var status = stat()
    try #require(fstat(number, &status) == 0)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    try #require(pread(number, &bytes, bytes.count, 0) == bytes.count)
    return bytes
  }

  private static func fields(_ entry: [UInt8]) throws -> [String: [String]] {
    var fields: [String: [String]] = [:]
    var rest = entry[...]
    while !rest.isEmpty {
      let end = try #require(rest.firstIndex(of: UInt8(ascii: "\n")))
      let line = rest[rest.startIndex..<end]
      rest = rest[(end + 1)...]
      let name: String
      let value: String
      if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
        name = String(decoding: line[..<equals], as: UTF8.self)
        value = String(decoding: line[(equals + 1)...], as: UTF8.self)
      } else {
        name = String(decoding: line, as: UTF8.self)
        let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        value = String(decoding: rest.dropFirst(8).prefix(length), as: UTF8.self)
        rest = rest.dropFirst(8 + length + 1)
      }
      fields[name, default: []].append(value)
    }
    return fields
  }
}
