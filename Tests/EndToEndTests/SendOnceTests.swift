import Foundation
import Servers
import Testing

/// The real daemon with servers that break connections.
///
/// The ledger shows what was sent, and the table what the daemon concluded from it.
@Suite("Exactly one POST")
struct SendOnceTests {
  /// Faults after a submit was accepted and recorded, over HTTP/2 and TLS.
  static let mishaps = [
    "submit:close-after", "submit:reset-after", "submit:goaway-after", "submit:refuse-stream-after",
    "submit:hang-after", "submit:500-html-after", "submit:503-after",
    "submit:truncate", "submit:malformed", "submit:307-after", "submit:endless-after",
    "submit:binary-after", "submit:deep-after",
  ]

  @Test(
    "over HTTP/2: on a fresh connection and on one that other lines use", arguments: mishaps,
    ["#1", "#5"])
  func http2(_ mishap: String, _ when: String) async throws {
    let stage = try await Stage(["CSM_SUBMIT_TIMEOUT": "15s"])
    let fal = try await StandIn(
      stage, "--faults", mishap + when, "--list-unfinished", "--tls-port", "0", "--ca-file",
      stage("ca.pem"))
    let settings = try overTLS(fal)
    _ = try await stage.enqueue("add", try stage.write(sentences(6), to: "a.txt"))
    let night = try await stage.night(settings)
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    #expect(night.stderr.contains("UNKNOWN"))
    #expect(try await stage.states() == ["STORED": 6])
    try fal.demandOneRequest(a: sentences(6).split(separator: "\n").map(String.init))
    #expect(try fal.statistics()["key_leaks"] as? Int == 0)
  }

  /// Faults of a submit that is not accepted.
  static let losses = [
    "submit:close", "submit:reset", "submit:refuse", "submit:goaway", "submit:refuse-stream",
    "submit:hang", "submit:redirect",
  ]

  @Test(
    "over HTTP/2: a submit lost on its way is held for a person, not sent again", arguments: losses)
  func lost(_ mishap: String) async throws {
    let stage = try await Stage(["CSM_SUBMIT_TIMEOUT": "20s", "CSM_UNKNOWN_GRACE": "1s"])
    let fal = try await StandIn(
      stage, "--faults", mishap + "#3", "--tls-port", "0", "--ca-file", stage("ca.pem"))
    let settings = try overTLS(fal)
    _ = try await stage.enqueue("add", try stage.write(sentences(6), to: "a.txt"))
    let night = try await stage.night(settings)
    #expect(night.status == 2, "\(night.stderr.suffix(2000))")
    #expect(try await stage.states() == ["HELD": 1, "STORED": 5])
    #expect(try fal.accepted().count == 5)
    #expect(try fal.calls("submit") == 6)
  }

  @Test(
    "over HTTP/1.1: a server that breaks a connection in use by other lines gets no second POST")
  func reused() async throws {
    let stage = try await Stage(["CSM_UNKNOWN_GRACE": "1s", "CSM_MAX_IN_FLIGHT": "1"])
    let fal = try ScriptedFal { asked in
      switch (asked.call, asked.text) {
      case (.submit, "Line 3 of the test."): .close
      case (.submit, "Line 5 of the test."): .reset
      case (.submit, "Line 7 of the test."): .raw("HTTP/1.1 100 Continue\r\n\r\n")
      case (.listing, _): .http(200, #"{"items": []}"#)
      default: nil
      }
    }
    _ = try await stage.enqueue("add", try stage.write(sentences(9), to: "a.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.status == 2, "\(night.stderr.suffix(2000))")
    #expect(try await stage.states() == ["HELD": 3, "STORED": 6])
    #expect(fal.posts.sorted() == sentences(9).split(separator: "\n").map(String.init).sorted())
  }

  /// The stand-in's settings, with its TLS port for all calls with the key.
  private func overTLS(_ fal: StandIn) throws -> [String: String] {
    let url = "https://" + (try #require(fal.settings["FAL_QUEUE_RUN_HOST"]))
    return fal.settings.merging(["CSM_QUEUE_URL": url, "CSM_PLATFORM_URL": url]) { $1 }
  }
}
