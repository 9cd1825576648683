/// The verdict of the user's own judge on a recording.
package struct Verdict: Sendable, Equatable {
  package enum Grade: String, Sendable, CaseIterable {
    case bad, odd, good
  }

  package let grade: Grade
  /// The judge's score from 0 to 1, higher is better; nil if it gave none in this range.
  package let score: Double?
  /// The words the judge heard; nil if it gave none.
  package let transcript: String?
  package let reason: String?

  package init(
    _ grade: Grade, score: Double? = nil, transcript: String? = nil, reason: String? = nil
  ) {
    self.grade = grade
    self.score = score.flatMap { (0...1).contains($0) ? $0 : nil }
    self.transcript = transcript
    self.reason = reason
  }
}

/// The lines to be judged.
package enum JudgeScope: Sendable, Equatable {
  case all
  /// Those with marks.
  case odd
  /// A share of all, selected by job key and therefore the same ones each time.
  case share(Double)

  package static let expected =
    "all, odd, or a share above 0 such as 0.05; without CSM_JUDGE_CMD, nothing is judged"

  package init?(_ text: String) {
    switch text {
    case "all": self = .all
    case "odd": self = .odd
    default:
      guard let share = Double(text), share > 0, share <= 1 else { return nil }
      self = .share(share)
    }
  }

  package func includes(marks: [AudioMark], key: Digest) -> Bool {
    switch self {
    case .all: true
    case .odd: !marks.isEmpty
    case .share(let share): Double(key.bytes[0]) * 256 + Double(key.bytes[1]) < share * 65_536
    }
  }
}

extension JudgeScope: CustomStringConvertible {
  package var description: String {
    switch self {
    case .all: "all"
    case .odd: "odd"
    case .share(let share): "\(share)"
    }
  }
}
