import Foundation

/// What goes wrong, and when: a list of rules, of which the first that fits a call is followed.
///
/// The text form is a comma list of `CALL:FAULT[:ARGUMENT][WHEN]`. See `FaultPlan.help`.
package struct FaultPlan: Sendable {
  /// When a rule fits, among the calls of its kind, which are counted from 1.
  enum When: Sendable, Equatable {
    case always
    /// This share of the calls, drawn with the seed.
    case share(Double)
    case numbers(ClosedRange<Int>)
    /// Every so manieth call.
    case every(Int)
  }

  /// One rule.
  struct Rule<Fault: Sendable>: Sendable {
    /// As it was written.
    let text: String
    /// nil stands for all kinds.
    let kind: CallKind?
    let fault: Fault
    let when: When
  }

  private(set) var calls: [Rule<Fault>] = []
  private(set) var runs: [Rule<RunFault>] = []

  /// A plan by which nothing goes wrong.
  package static let none = FaultPlan()

  private init() {}

  /// Reads the text form; an empty text is the empty plan.
  package init(_ text: String) throws(FaultPlanError) {
    for part in text.split(separator: ",") {
      let rule = part.trimmingCharacters(in: .whitespacesAndNewlines)
      if !rule.isEmpty { try add(rule) }
    }
  }

  private mutating func add(_ text: String) throws(FaultPlanError) {
    let (head, when) = try Self.splitWhen(text)
    let parts = head.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      .map(String.init)
    guard parts.count >= 2 else {
      throw FaultPlanError(rule: text, expected: "CALL:FAULT, such as submit:503=0.1")
    }
    let argument = parts.count == 3 ? parts[2] : nil
    if parts[0] == "run" {
      guard let fault = RunFault(parts[1], argument: argument) else {
        throw FaultPlanError(rule: text, expected: "a fault of a run, not \(parts[1])")
      }
      runs.append(Rule(text: text, kind: nil, fault: fault, when: when))
    } else {
      let kind = CallKind(rawValue: parts[0])
      guard kind != nil || parts[0] == "any" else {
        let names = CallKind.allCases.map(\.rawValue) + ["run", "any"]
        throw FaultPlanError(rule: text, expected: "a call of " + names.joined(separator: ", "))
      }
      guard let fault = Fault(parts[1], argument: argument) else {
        throw FaultPlanError(rule: text, expected: "a fault of a call, not \(parts[1])")
      }
      calls.append(Rule(text: text, kind: kind, fault: fault, when: when))
    }
  }

  /// Takes the part that says when off the end of a rule.
  private static func splitWhen(_ text: String) throws(FaultPlanError) -> (String, When) {
    guard let mark = text.lastIndex(where: { "=#%".contains($0) }) else { return (text, .always) }
    let head = String(text[..<mark])
    let value = String(text[text.index(after: mark)...])
    let when: When? =
      switch text[mark] {
      case "=": Double(value).flatMap { (0...1).contains($0) ? .share($0) : nil }
      case "%": Int(value).flatMap { $0 > 0 ? .every($0) : nil }
      default: numbers(value).map { .numbers($0) }
      }
    guard let when else {
      throw FaultPlanError(
        rule: text, expected: "=0.1 (a share), #3, #3-7, #3+ (numbers) or %10 (every tenth)")
    }
    return (head, when)
  }

  private static func numbers(_ text: String) -> ClosedRange<Int>? {
    if text.hasSuffix("+") {
      return Int(text.dropLast()).flatMap { $0 > 0 ? $0...Int.max : nil }
    }
    let bounds = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard bounds.count <= 2, let low = bounds.first ?? nil, let high = bounds.last ?? nil,
      low > 0, high >= low
    else { return nil }
    return low...high
  }
}

extension FaultPlan.Rule {
  /// Whether it fits the call with this number among those of its kind.
  ///
  /// `draw` depends on the seed, the kind of call and the number; `index` is the rule's place, so
  /// that two rules with the same share do not pick the same calls.
  func fits(number: Int, index: Int, draw: UInt64) -> Bool {
    switch when {
    case .always: return true
    case .numbers(let numbers): return numbers.contains(number)
    case .every(let step): return number.isMultiple(of: step)
    case .share(let share):
      var chance = Chance(draw, UInt64(index))
      return Double.random(in: 0..<1, using: &chance) < share
    }
  }
}

/// A rule that cannot be read.
package struct FaultPlanError: Error, CustomStringConvertible {
  let rule: String
  let expected: String

  package var description: String { "fault rule '\(rule)': expected \(expected)" }
}

extension FaultPlan {
  /// The grammar, for `--help`.
  package static let help = """
    FAULT PLANS

    A comma list of CALL:FAULT[:ARGUMENT][WHEN]. The first rule that fits a call is followed.

    WHEN is =0.1 (that share of the calls, drawn with --seed), #3, #3-7 or #3+ (numbers among the \
    calls of that kind, counted from 1), %10 (every tenth), or nothing (always).

    CALL is submit, status, stream, result, cancel, listing, upload, download, balance, price, \
    model or any; or run, which is a request itself, drawn when it is accepted.

    Faults in place of the answer. With -after (all but refuse) the call does its work first.
      refuse            RST before the body is read
      reset             the call is read, then RST
      close             the call is read, then FIN
      hang              the call is read, then nothing
      goaway            GOAWAY over HTTP/2; close over HTTP/1.1
      refuse-stream     REFUSED_STREAM over HTTP/2; close over HTTP/1.1
      CODE[:AFTER]      JSON; AFTER is for Retry-After, as it is or date+SECONDS
      locked[:REASON]   fal's 403 for a locked account
      CODE-html         an HTML page of something before fal, without fal's headers
      CODE-empty        no body, without fal's headers
      redirect[:URL]    307
      huge[:BYTES]      200 and a long JSON string
      endless           200 and JSON without an end
      deep              200 and 100,000 nested arrays
      binary            200 and bytes that are no text

    Faults of the right answer:
      truncate          ends short of its Content-Length
      short             half of it, with a Content-Length that agrees
      malformed         the same, for JSON
      slow[:RATE]       at so many bytes a second, 1 by default
      late:MS           after MS milliseconds, as from far away
      type[:MIME]       another Content-Type, text/html by default
      addresses:URL     every address in the JSON is this one

    Faults of a run:
      CODE or TYPE      it fails: 500, 422, runner_disconnected, generation_timeout ...
      lost              404 from when it should have ended
      stuck             it never ends
      falls-back        IN_PROGRESS, IN_QUEUE, IN_PROGRESS, COMPLETED
      uncancellable     a cancel while it runs has no effect
      audio-string      the result names the audio by a string
      audio-data        the result holds the audio as a data URI
      audio-at:URL      the result names this address
      wrong-size        file_size is not right
      no-audio          the result is {}
      silent            the audio is silence

    Example: 'submit:reset-after=0.02,submit:503=0.1,download:truncate#3,run:422%50'
    """
}
