import Foundation
import FuzzTargets
import Testing

@Suite("Parsers of outside bytes")
struct FuzzTests {
  @Test("take the seeds", arguments: FuzzTarget.all.map(\.name))
  func seeds(name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    for seed in target.seeds { try target(seed) }
  }

  /// So many inputs a parser; the long form is libFuzzer's.
  static let runs =
    ProcessInfo.processInfo.environment["CSM_FUZZ_RUNS"].flatMap { Int($0) } ?? 1000

  @Test("take random changes of them", arguments: FuzzTarget.all.map(\.name))
  func changes(name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    let seed = UInt64.random(in: 0...UInt64.max)
    var mutation = Mutation(target, seed: seed)
    for _ in 0..<Self.runs {
      let input = mutation.next()
      do {
        try target(input)
      } catch {
        Issue.record("\(error), seed \(seed), input \(String(decoding: input, as: UTF8.self))")
        return
      }
    }
  }

  /// What nests deeper than any stack is refused, not followed.
  static let deep = [("[", "]"), (#"{"a":"#, "}"), (#"{"items":["#, "]}"), (#"[{"audio":"#, "}]")]

  @Test("take 50,000 levels, whole and cut off", arguments: FuzzTarget.all.map(\.name))
  func depth(name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    let begin = name.hasPrefix("answer-") ? "200\n\n" : ""
    for (open, close) in Self.deep {
      let opened = String(repeating: open, count: 50_000)
      let closed = String(repeating: close, count: 50_000)
      for text in [opened, opened + "0" + closed, "{\"text\":" + opened + "0" + closed + "}"] {
        try target(Array((begin + text).utf8))
      }
    }
  }
}
