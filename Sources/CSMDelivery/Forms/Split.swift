import CSMCore
import CSMFiles
import CSMSQLite

/// How lines are divided for training, validation and testing.
///
/// A line's id alone decides its part, so a line stays there when lines are added or spoken again. An id that
/// is only the line's number changes when lines are added: then the text decides.
package struct Split: Sendable, Equatable {
  private let shares: [(name: String, end: Int)]

  /// Reads `95/5` (train and test) or `90/5/5` (train, validation and test), in percent.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    let numbers = parts.compactMap(\.self)
    guard (2...3).contains(parts.count), numbers.count == parts.count,
      numbers.allSatisfy({ $0 > 0 }), numbers.reduce(0, +) == 100
    else { return nil }
    let names = numbers.count == 2 ? ["train", "test"] : ["train", "validation", "test"]
    var end = 0
    var shares: [(String, Int)] = []
    for (name, number) in zip(names, numbers) {
      end += number
      shares.append((name, end))
    }
    self.shares = shares
  }

  /// The names of the parts.
  package var names: [String] { shares.map(\.name) }

  package func part(of line: LineRow) -> String {
    let digest = Digest(of: line.isNumbered ? line.text : line.line)
    let number = (0..<4).reduce(0) { $0 << 8 | Int(digest.bytes[$1]) } % 100
    return shares.first { number < $0.end }?.name ?? names[0]
  }

  /// A note on a part without lines; none without a split.
  static func notes(onEmpty part: String?) -> [String] {
    part.map { ["\($0) has no lines: the batch is too small for this split"] } ?? []
  }

  package static func == (one: Split, other: Split) -> Bool {
    one.names == other.names && one.shares.map(\.end) == other.shares.map(\.end)
  }
}
