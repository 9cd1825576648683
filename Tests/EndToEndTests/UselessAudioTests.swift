import Foundation
import Servers
import Synchronization
import Testing

@Suite("Results in an unusual format")
struct UselessAudioTests {
  private static func answer(_ bytes: [UInt8]) -> Answer {
    .bytes(
      Array("HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\n\r\n".utf8) + bytes,
      closes: false)
  }

  /// An MP4 that is 1.5 s long by its boxes.
  private static let m4a: [UInt8] = {
    func number(_ value: Int) -> [UInt8] {
      (0..<4).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
      number(8 + content.count) + Array(type.utf8) + content
    }
    let head = box("mvhd", number(0) + number(0) + number(0) + number(24_000) + number(36_000))
    return box("ftyp", Array("M4A ".utf8) + number(0)) + box("moov", head)
      + box("mdat", [UInt8](repeating: 7, count: 900))
  }()

  @Test("are kept, measured and exported under their own extension")
  func m4a() async throws {
    let stage = try await Stage()
    let fal = try ScriptedFal { $0.call == .download ? Self.answer(Self.m4a) : nil }
    _ = try await stage.enqueue("add", try stage.write(sentences(20), to: "a.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    let lines = try await stage.lines()
    #expect(lines.allSatisfy { $0["duration_s"] as? Double == 1.5 })
    #expect(try await stage.states() == ["STORED": 20])
    #expect(fal.requestsToCDN.count == 20)
    #expect(try await stage.enqueue("export", "a", "--to", stage("out")).status == 0)
    #expect(stage.names(stage("out")).count { $0.hasSuffix(".m4a") } == 20)
    try await stage.demandSoundStore()
  }

  @Test("results that nothing can use stop the night and are kept; retry goes on")
  func unknown() async throws {
    let stage = try await Stage()
    let bytes = [0, 0xFF, 0xEE] + [UInt8](repeating: 1, count: 500)
    let isGood = Atomic(false)
    let fal = try ScriptedFal { asked in
      asked.call == .download && !isGood.load(ordering: .relaxed)
        ? Self.answer(bytes + Array(asked.text.utf8)) : nil
    }
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(60), to: "a.txt"), "--cast", "auto")
    let night = try await stage.night(
      fal.settings.merging(["CSM_MAX_IN_FLIGHT": "8"]) { $1 })
    #expect(night.status == 3, "\(night.stderr.suffix(2000))")
    let paid = fal.posts.count
    #expect(paid < 40, "\(paid) lines were paid for")
    #expect(fal.requestsToCDN.count == 2 * paid)
    #expect(try await stage.states() == ["HELD": paid, "QUEUED": 60 - paid])
    #expect(try await stage.gates() == ["audio"])
    let error = try #require(try await stage.lines("--state", "HELD").first?["error"] as? String)
    let path = try #require(error.split(separator: " ").last.map(String.init))
    #expect(try stage.bytes(path).starts(with: bytes))

    isGood.store(true, ordering: .relaxed)
    #expect(try await stage.enqueue("retry", "--held").status == 0)
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["STORED": 60])
    #expect(fal.posts.count == 60)
    try await stage.demandSoundStore()
  }
}
