/// How good a take is beside others of the same words: the least is the best.
///
/// Surely unusable audio counts most, then what should be listened to, then how far it is from the length
/// that its words should take.
package struct TakeRank: Sendable, Comparable {
  private let bad: Int
  private let odd: Int
  /// How many times longer or shorter it is than expected, from 1.
  private let strangeness: Double

  package init(_ marks: [AudioMark], _ context: AudioContext) {
    bad = marks.count { $0.check.severity == .bad }
    odd = marks.count { $0.check.severity == .odd }
    let words = SpokenLength(context.text)
    let expected = context.pace.seconds((words.least + words.most) / 2)
    let ratio = context.milliseconds.map { Double(max(1, $0)) / 1000 / expected }
    strangeness = ratio.map { max($0, 1 / $0) } ?? .infinity
  }

  /// Whether the checks of audio say worse of it.
  package func isMarkedMore(than other: TakeRank) -> Bool {
    (bad, odd) > (other.bad, other.odd)
  }

  package static func < (left: TakeRank, right: TakeRank) -> Bool {
    (left.bad, left.odd, left.strangeness) < (right.bad, right.odd, right.strangeness)
  }
}
