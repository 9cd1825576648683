import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore

// The calls that change something.

extension Site {
  /// The largest body of a change, in bytes.
  private static let wordsMax = 4 << 20

  func change(_ name: String, _ target: Target, _ request: Request) async throws -> Response {
    switch name {
    case "change": try await changeLines(request)
    case "add": try await addFile(target, request)
    case "voice": try await addVoice(target, request)
    case "budget": try await setBudget(target)
    case "pause", "resume": try await openOrClose(isPause: name == "pause")
    default: Answer.text(.notFound, "there is nothing here")
    }
  }

  private func changeLines(_ request: Request) async throws -> Response {
    guard let bytes = try await body(of: request, upTo: Self.wordsMax),
      let change = try? JSONDecoder().decode(Change.self, from: Data(bytes))
    else { return Answer.failure(.badRequest, ["this is not a change of lines"]) }
    let outcome = try await workers.run { [workplace, now] in
      try change.make(in: workplace, at: now())
    }
    switch outcome {
    case .done(let sentence): return try Answer.json(["done": sentence])
    case .costs(let cost):
      return try Answer.json(["cost": cost.dollars, "shown": Figures.money(cost)])
    }
  }

  private func addFile(_ target: Target, _ request: Request) async throws -> Response {
    let budget = target["budget"].map { Money(dollars: $0) }
    if case .some(nil) = budget {
      return Answer.failure(.badRequest, ["a budget is an amount of dollars, such as 12.50"])
    }
    let file = try await SentFile(request.body, name: target["name"] ?? "", in: temporary)
    var change = FileChange(file: file)
    change.batch = target["batch"]
    change.voice = target["voice"]
    change.isAnybody = target["anybody"] != nil
    change.budget = budget ?? nil
    change.isDryRun = target["add"] == nil
    change.isAgreed = target["agreed"] != nil
    let wanted = change
    return try await write { try wanted.make(in: $0) }
  }

  private func addVoice(_ target: Target, _ request: Request) async throws -> Response {
    guard let bytes = try await body(of: request, upTo: ClipChange.bytesMax) else {
      throw SentFile.TooLarge()
    }
    let change = ClipChange(
      bytes: bytes, name: target["name"] ?? "", words: target["text"] ?? "",
      consent: target["consent"], isKept: target["keep"] != nil)
    return try await write { try change.make(in: $0) }
  }

  private func setBudget(_ target: Target) async throws -> Response {
    let limit = target["usd"].map { Money(dollars: $0) }
    guard let batch = target["batch"], limit.map({ $0 != nil }) ?? true else {
      return Answer.failure(.badRequest, ["a budget is an amount of dollars, such as 12.50"])
    }
    return try await write { workplace in
      guard try workplace.writing({ try $0.setBudget(of: batch, to: limit ?? nil) }) else {
        throw Failure("there is no batch \(batch)", .incomplete)
      }
      return ["done": "the budget of \(batch) is set"]
    }
  }

  private func openOrClose(isPause: Bool) async throws -> Response {
    try await write { [now] workplace in
      try workplace.writing { table in
        if isPause {
          _ = try table.pause(reason: "paused on the page", at: now())
          return ["done": "paused: nothing new is sent"]
        }
        _ = try table.resume(at: now())
        return ["done": "resumed"]
      }
    }
  }

  private func write(
    _ body: @escaping @Sendable (Workplace) throws -> JSONObject
  ) async throws -> Response {
    let text = try await workers.run { [workplace] in try JSONText.line(body(workplace)) }
    return Answer.json(text: text)
  }

  /// The body of a request; nil if it is longer than `limit` bytes.
  private func body(of request: Request, upTo limit: Int) async throws -> [UInt8]? {
    var bytes: [UInt8] = []
    for try await buffer in request.body {
      guard bytes.count + buffer.readableBytes <= limit else { return nil }
      buffer.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
    }
    return bytes
  }
}
