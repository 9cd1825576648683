import CSMCore

extension SeededGenerator {
  /// True with this probability.
  package mutating func happens(_ probability: Double) -> Bool {
    share() < probability
  }

  /// A whole number of the range, each with the same probability.
  package mutating func whole(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(share() * Double(range.count))
  }

  /// A duration between two numbers of seconds, in whole milliseconds.
  mutating func seconds(_ range: ClosedRange<Double>) -> Duration {
    let seconds = range.lowerBound + share() * (range.upperBound - range.lowerBound)
    return .milliseconds(Int64(seconds * 1000))
  }

  /// One of the elements; nil if there are none.
  mutating func element<Elements: RandomAccessCollection>(of elements: Elements)
    -> Elements.Element? where Elements.Index == Int
  {
    guard !elements.isEmpty else { return nil }
    return elements[elements.startIndex + whole(0...elements.count - 1)]
  }
}
