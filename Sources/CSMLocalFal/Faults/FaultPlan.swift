import Foundation

/// The faults to produce: a list of rules, of which the first that matches a call applies.
///
/// The text form is a comma-separated list of `CALL:FAULT[:ARGUMENT][WHEN]`; see `FaultPlan.help`.
package struct FaultPlan: Sendable {
  /// Which calls of its kind, counted from 1, a rule matches.
  enum When: Sendable, Equatable {
    case always
    /// A random share of the calls, determined by the seed.
    case share(Double)
    case numbers(ClosedRange<Int>)
    /// Every nth call.
    case every(Int)
  }

  struct Rule<Fault: Sendable>: Sendable {
    /// As it was written.
    let text: String
    /// Nil for all kinds.
    let kind: CallKind?
    let fault: Fault
    let when: When
  }

  private(set) var calls: [Rule<Fault>] = []
  private(set) var runs: [Rule<RunFault>] = []

  /// The plan without faults.
  package static let none = FaultPlan()

  private init() {}

  /// Parses the text form; an empty text is the plan without faults.
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

  /// Splits a rule into its head and the part that says when.
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
  /// Whether it matches the call with this number among those of its kind.
  ///
  /// `draw` depends on the seed, the kind of call and the number. `index` is the rule's position,
  /// so that rules with the same share do not match the same calls.
  func fits(number: Int, index: Int, draw: UInt64) -> Bool {
    switch when {
    case .always: return true
    case .numbers(let numbers): return numbers.contains(number)
    case .every(let step): return number.isMultiple(of: step)
    case .share(let share):
      var generator = SplitMix64(draw, UInt64(index))
      return Double.random(in: 0..<1, using: &generator) < share
    }
  }
}

/// A rule that cannot be parsed.
package struct FaultPlanError: Error, CustomStringConvertible {
  let rule: String
  let expected: String

  package var description: String { "fault rule '\(rule)': expected \(expected)" }
}

extension FaultPlan {
  /// The grammar, for `--help`.
  package static let help = """
    FAULT PLANS

    A comma-separated list of CALL:FAULT[:ARGUMENT][WHEN]. The first rule that matches a call applies.

    WHEN is =0.1 (a random share of the calls, reproducible with --seed), #3, #3-7 or #3+ (numbers \
    of calls of that kind, from 1), %10 (every tenth), or nothing (always).

    CALL is submit, status, stream, result, cancel, listing, upload, download, balance, price, \
    model or any; or run, for an accepted request as a whole.

    Faults that replace the answer. With -after (all but refuse), the call takes effect first.
      refuse            RST before the call is read
      reset             RST after the call is read
      close             FIN after the call is read
      hang              no answer after the call is read
      goaway            GOAWAY over HTTP/2; close over HTTP/1.1
      refuse-stream     REFUSED_STREAM over HTTP/2; close over HTTP/1.1
      CODE[:AFTER]      a JSON error; AFTER is the Retry-After, or date+SECONDS
      locked[:REASON]   fal's 403 for a locked account
      CODE-html         a proxy's HTML error page, without fal's headers
      CODE-empty        no body, and none of fal's headers
      redirect[:URL]    307
      huge[:BYTES]      200 and a long JSON string
      endless           200 and JSON that never ends
      deep              200 and 100,000 nested arrays
      binary            200 and bytes that are not text

    Faults that modify the right answer:
      truncate          half of it, short of its Content-Length
      short             half of it, with a matching Content-Length
      malformed         the same, for JSON
      slow[:RATE]       RATE bytes per second, 1 by default
      late:MS           after MS milliseconds, as from a distant server
      type[:MIME]       another Content-Type, text/html by default
      addresses:URL     every URL in the JSON is this one

    Faults of a run:
      CODE or TYPE      it fails: 500, 422, runner_disconnected, generation_timeout ...
      lost              404 from the time it should have ended
      stuck             it never ends
      falls-back        IN_PROGRESS, IN_QUEUE, IN_PROGRESS, COMPLETED
      uncancellable     cancelling it while it runs has no effect
      audio-string      the result has the audio's URL as a string
      audio-data        the result has the audio as a data URI
      audio-at:URL      the result has this URL
      wrong-size        file_size is wrong
      no-audio          the result is {}
      silent            the audio is silence

    Example: 'submit:reset-after=0.02,submit:503=0.1,download:truncate#3,run:422%50'
    """
}
