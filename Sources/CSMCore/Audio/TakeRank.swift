/// The rank of a take among others of the same words; the lowest is the best.
///
/// Compares the number of bad marks, then of odd ones, then the judge's score, then how far the
/// length is from what the words should take.
package struct TakeRank: Sendable, Comparable {
  private let bad: Int
  private let odd: Int
  /// One minus the judge's score; 0.5 without one.
  private let doubt: Double
  /// How many times longer or shorter than expected it is, from 1.
  private let deviation: Double

  package init(_ marks: [AudioMark], _ context: AudioContext, score: Double? = nil) {
    doubt = 1 - (score ?? 0.5)
    bad = marks.count { $0.check.severity == .bad }
    odd = marks.count { $0.check.severity == .odd }
    let words = SpokenLength(context.text)
    let expected = context.pace.seconds((words.least + words.most) / 2)
    let ratio = context.milliseconds.map { Double(max(1, $0)) / 1000 / expected }
    deviation = ratio.map { max($0, 1 / $0) } ?? .infinity
  }

  /// Whether its marks are worse.
  package func isMarkedMore(than other: TakeRank) -> Bool {
    (bad, odd) > (other.bad, other.odd)
  }

  package static func < (left: TakeRank, right: TakeRank) -> Bool {
    (left.bad, left.odd, left.doubt, left.deviation)
      < (right.bad, right.odd, right.doubt, right.deviation)
  }
}
