import CSMCore
import CSMInput

/// Assigns take numbers to lines.
struct TakeCount {
  /// The take of the first version of a line.
  let first: Int
  /// Whether lines with the same words get a take each; uses memory for each different text.
  let isDistinct: Bool
  private var seen: [UInt64: Int] = [:]

  init(first: Int, isDistinct: Bool) {
    self.first = first
    self.isDistinct = isDistinct
  }

  mutating func take(of line: SpokenLine, _ digest: (SpeechRequest) -> Digest) -> Int {
    guard isDistinct else { return first + line.version - 1 }
    let bytes = digest(line.request).bytes
    let beginning = (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
    defer { seen[beginning, default: 0] += 1 }
    return first + seen[beginning, default: 0]
  }
}
