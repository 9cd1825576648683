import CSMCore
import CSMInput
import CSMSQLite
import Foundation

/// A file of decisions, as the page of `review` saves it.
///
/// It holds JSON lines. The first, the head, names the batch of the page; each further line is a decision.
/// Files may be concatenated: a line without a decision is the head of those that follow.
package struct DecisionFile: Sendable {
  package private(set) var decisions: [Decision] = []
  /// Why lines could not be read; if there are any, no decision of the file may be carried out.
  package private(set) var rejections: [Rejection] = []

  /// The batch that the last head names, and when its page was made.
  private var batch: String?
  private var madeAt: Timestamp?
  /// Where each line's decision is in the file.
  private var places: [JobTable.LineName: Int] = [:]

  /// Reads the whole file.
  package init(_ lines: InputLines) throws(InputError) {
    var lines = lines
    while let line = try lines.next() {
      guard line.bytes.contains(where: { !" \t".utf8.contains($0) }) else { continue }
      do throws(Rejection) {
        try read(line)
      } catch {
        rejections.append(error)
      }
    }
    if decisions.isEmpty, rejections.isEmpty, batch == nil {
      rejections.append(Rejection(line: 1, .syntax, "the file is empty"))
    }
  }

  private mutating func read(_ line: InputLines.Line) throws(Rejection) {
    let fields = try Fields(line)
    guard let name = try fields.text("decision") else {
      guard fields.isEmpty("id"), let batch = try fields.text("batch"), !batch.isEmpty else {
        throw fields.rejection(
          "this is neither a decision (with id and decision) nor a head (with batch)")
      }
      self.batch = batch
      madeAt = try fields.moment("made_at")
      return
    }
    var seen = try fields.seen
    seen.at = madeAt
    let decision = Decision(line: try lineName(fields), way: try way(name, fields), seen: seen)
    if decision.way == .reroll, seen.takes == nil, seen.at == nil {
      throw fields.rejection(
        "reroll needs made_at in the head, or seen with takes: without them, each run would pay again"
      )
    }
    if let place = places[decision.line] {
      throw fields.rejection("line \(place) already has a decision for this id", .duplicate)
    }
    places[decision.line] = line.number
    decisions.append(decision)
  }

  private func lineName(_ fields: Fields) throws(Rejection) -> JobTable.LineName {
    guard let batch else {
      throw fields.rejection(
        #"no head comes before it: {"batch":"NAME"} names the batch"#)
    }
    guard let id = try fields.text("id"), !id.isEmpty else {
      throw fields.rejection("it has no id, such as \(batch):L0001")
    }
    guard id.hasPrefix("\(batch):"), id.utf8.count > batch.utf8.count + 1 else {
      throw fields.rejection("\(id) is not a line of \(batch), the batch that the head names", .id)
    }
    return .init(batch: batch, line: String(id.dropFirst(batch.count + 1)))
  }

  private func way(_ word: String, _ fields: Fields) throws(Rejection) -> Decision.Way {
    switch Decision.Name(rawValue: word) {
    case .accept: return .accept
    case .reroll: return .reroll
    case .retry: return .retry
    case .cancel: return .cancel
    case .pick:
      guard let take = try fields.number("take"), SpeechLimits.takes.contains(take) else {
        throw fields.rejection("pick needs a take, from 1 to \(SpeechLimits.takes.upperBound)")
      }
      return .pick(take: take)
    case .edit:
      guard let text = try fields.text("text") else {
        throw fields.rejection("edit needs a text")
      }
      do throws(Rejection) {
        return .edit(try EditedWords(text))
      } catch {
        throw fields.rejection("text: \(error.reason)", error.code)
      }
    case nil:
      let known = Decision.Name.allCases.map(\.rawValue).joined(separator: ", ")
      throw fields.rejection("\(word) is not a decision: it must be one of \(known)")
    }
  }
}

/// The fields of one line of the file, type-checked on access.
private struct Fields {
  private let line: Int
  private let values: [String: JSONValue]

  init(_ line: InputLines.Line) throws(Rejection) {
    self.line = line.number
    guard !line.isTooLong else {
      throw Rejection(
        line: line.number, .syntax,
        "it is longer than \(Figures.bytes(InputLines.lineBytesMax)), the limit for a line")
    }
    guard
      case .object(let values)? = try? JSONDecoder().decode(
        JSONValue.self, from: Data(line.bytes))
    else { throw Rejection(line: line.number, .syntax, "it is not a JSON object") }
    self.values = values
  }

  private init(line: Int, _ values: [String: JSONValue]) {
    self.line = line
    self.values = values
  }

  func rejection(_ reason: String, _ code: Rejection.Code = .field) -> Rejection {
    Rejection(line: line, code, reason)
  }

  func isEmpty(_ name: String) -> Bool { (values[name] ?? .null) == .null }

  /// Nil if the field is missing or null.
  func text(_ name: String) throws(Rejection) -> String? {
    guard !isEmpty(name) else { return nil }
    guard case .string(let text)? = values[name] else {
      throw rejection("\(name) must be text in quotes")
    }
    return text
  }

  /// Nil if the field is missing or null.
  func number(_ name: String) throws(Rejection) -> Int? {
    guard !isEmpty(name) else { return nil }
    guard case .integer(let number)? = values[name] else {
      throw rejection("\(name) must be a whole number")
    }
    return number
  }

  /// Nil if the field is missing or null.
  func moment(_ name: String) throws(Rejection) -> Timestamp? {
    guard let text = try text(name) else { return nil }
    guard let moment = Timestamp(rfc3339: text) else {
      throw rejection("\(name) must be a time such as 2026-11-29T06:30:00Z")
    }
    return moment
  }

  var seen: SeenLine {
    get throws(Rejection) {
      guard !isEmpty("seen") else { return SeenLine() }
      guard case .object(let values)? = values["seen"] else {
        throw rejection("seen must be an object")
      }
      let fields = Fields(line: line, values)
      return SeenLine(
        words: try fields.text("words"), audio: try fields.text("audio"),
        takes: try fields.number("takes"))
    }
  }
}
