import Foundation
import Testing

@testable import CSMLocalFal

@Suite("The ledger")
struct LedgerTests {
  private func lines(_ path: String) throws -> [[String: Any]] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return try data.split(separator: 10).map {
      try #require(try JSONSerialization.jsonObject(with: $0) as? [String: Any])
    }
  }

  @Test("contains each accepted POST, answered or not, without the key")
  func accepted() async throws {
    let path = try temporaryPath()
    defer { removeFolder(of: path) }
    let options = try quick {
      $0.ledger = path
      $0.faults = try FaultPlan("submit:503#2,submit:reset-after#3,run:lost#3")
    }
    let ids = try await withFal(options) { client in
      [
        await client.submit("One"), await client.submit("Two"), await client.submit("Three"),
        await client.submit("Four"),
      ]
    }
    let lines = try lines(path)
    #expect(lines.map { $0["body"] as? String } == ["One", "Three", "Four"].map(Client.scene))
    #expect(lines.first?["request_id"] as? String == ids[0])
    #expect(lines.last?["request_id"] as? String == ids[3])
    #expect(lines.map { $0["run"] as? String } == [nil, nil, "run:lost#3"])
    #expect(lines.first?["endpoint"] as? String == "fal-ai/csm-1b")
    #expect((lines.first?["body_sha256"] as? String)?.count == 64)
    #expect(!(try String(contentsOfFile: path, encoding: .utf8)).contains("secret"))
  }

  @Test("restores accepted requests after a restart, and drops an incomplete last line")
  func restart() async throws {
    let path = try temporaryPath()
    defer { removeFolder(of: path) }
    let options = quick { $0.ledger = path }
    let (id, before) = try await withFal(options) { client in
      let id = await client.submit("Kept")
      _ = await client.wait(for: id)
      return (id, await client.call("GET", "/files/audio/\(id).wav", headers: [:]))
    }
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(#"{"request_id":"cut sh"#.utf8))
    try handle.close()

    let second = try await withFal(options) { client in
      #expect(await client.result(id).status == 200)
      let after = await client.call("GET", "/files/audio/\(id).wav")
      #expect(after.body == before.body)
      return await client.submit("New")
    }
    #expect(try lines(path).map { $0["request_id"] as? String } == [id, second])
  }

  @Test("keeps a body that is not UTF-8 unchanged")
  func binary() async throws {
    let path = try temporaryPath()
    defer { removeFolder(of: path) }
    let ledger = try Ledger(path: path)
    let entry = Ledger.Entry(
      id: UUID(), time: Date(timeIntervalSince1970: 1.5), endpoint: "a/b", keyHash: "", fault: nil,
      body: [0xFF, 0x00, 0x0A])
    let place = try await ledger.append(entry)
    #expect(try ledger.entry(at: place).body == entry.body)
    #expect(try ledger.entry(at: place).time == entry.time)
  }

  @Test("keeps every line intact when many are added at once")
  func concurrency() async throws {
    let path = try temporaryPath()
    defer { removeFolder(of: path) }
    let ledger = try Ledger(path: path)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<500 {
        group.addTask {
          let body = Array("\(number)".utf8)
          let place = try await ledger.append(
            Ledger.Entry(
              id: UUID(), time: Date(), endpoint: "a/b", keyHash: "", fault: nil, body: body))
          #expect(try ledger.entry(at: place).body == body)
        }
      }
      try await group.waitForAll()
    }
    let bodies = try lines(path).compactMap { ($0["body"] as? String).flatMap { Int($0) } }
    #expect(bodies.sorted() == Array(0..<500))
  }
}
