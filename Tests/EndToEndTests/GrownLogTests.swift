import Foundation
import Testing

@Suite("A reader that keeps its transaction open")
struct GrownLogTests {
  @Test("is named by status, and once in csmd's log, while the database's log grows because of it")
  func forgotten() async throws {
    let stage = try await Stage()
    let daemon = try await stage.daemon()
    let database = "\(stage.state)/csm.db"
    let script = try stage.write(
      """
      import sqlite3, sys, time
      reader = sqlite3.connect(sys.argv[1], isolation_level=None)
      reader.execute('BEGIN'); reader.execute('SELECT count(*) FROM job').fetchone()
      writer = sqlite3.connect(sys.argv[1], isolation_level=None)
      writer.execute('CREATE TABLE filler (x)')
      writer.execute('INSERT INTO filler VALUES (zeroblob(70000000))')
      writer.close()
      print('reads', flush=True)
      time.sleep(600)
      """, to: "forget.py")
    let shell = try stage.start("/usr/bin/python3", [script, database])
    try await eventually("the log has grown") { shell.stdout == "reads\n" }
    try await daemon.logs("csm.db-wal has grown to 6")
    let status = try await stage.status()
    #expect((status["grown_log_bytes"] as? Int ?? 0) > 70_000_000)
    // csmd reads for a moment now and then, and may be named beside it.
    try await eventually("the reader alone is named") {
      try await stage.status()["grown_log_read_by"] as? [Int] == [Int(shell.process)]
    }
    let sentence = "process \(shell.process) (python3 \(script)) keeps reading the database"
    try await eventually("it is named in a sentence") {
      try await stage.enqueue("status").stdout.contains(sentence)
    }
    // A second look says nothing new.
    try await Task.sleep(for: .seconds(12))
    #expect(daemon.stderr.split(separator: "\n").count { $0.contains("has grown") } == 1)
    shell.send(SIGKILL)
    try await eventually("the log is empty again") {
      try await stage.status()["grown_log_bytes"] is NSNull
    }
  }
}
