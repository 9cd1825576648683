import CSMCore

/// Random changes of inputs, for machines and builds without libFuzzer: the same seed gives the same.
package struct Mutation {
  private var random: SeededGenerator
  private let target: FuzzTarget

  package init(_ target: FuzzTarget, seed: UInt64) {
    self.target = target
    random = SeededGenerator(seed: seed)
  }

  private static let oddities: [[UInt8]] = [
    [0], [0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xE2, 0x80, 0xAE], [0xEF, 0xBB, 0xBF], [0x1B],
    [0xC2, 0x9B], [13, 10], [10], [9], [0xCC, 0x81], [0xF0, 0x9F, 0x8F, 0xB3], [0x22], [0x5C],
  ]
  private static let numbers = [
    "0", "-0", "-1", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e308",
    "1e-400", "1e999", "NaN", "0.1", "00", "99999999999999999999999999", "2147483648",
  ]

  /// The next input: a seed with one to eight changes.
  package mutating func next() -> [UInt8] {
    var input = target.seeds.randomElement(using: &random) ?? []
    for _ in 0..<Int.random(in: 1...8, using: &random) { change(&input) }
    return input
  }

  private mutating func change(_ input: inout [UInt8]) {
    let place = Int.random(in: 0...input.count, using: &random)
    let length = Int.random(in: 0...min(32, input.count - place), using: &random)
    let range = place..<place + length
    switch Int.random(in: 0..<9, using: &random) {
    case 0: if place < input.count { input[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
    case 1: if place < input.count { input[place] = .random(in: 0...255, using: &random) }
    case 2: input.removeSubrange(range)
    case 3: input.insert(contentsOf: input[range], at: place)
    case 4: input.replaceSubrange(range, with: Self.oddities.randomElement(using: &random) ?? [])
    case 5:
      let number = Self.numbers.randomElement(using: &random) ?? ""
      input.replaceSubrange(range, with: number.utf8)
    case 6:
      let word = target.words.randomElement(using: &random) ?? ""
      input.replaceSubrange(range, with: word.utf8)
    case 7:
      let other = target.seeds.randomElement(using: &random) ?? []
      input.replaceSubrange(place..., with: other.suffix(other.count / 2))
    default:
      let count = Int.random(in: 1...64, using: &random)
      input.insert(
        contentsOf: repeatElement(input.isEmpty ? 91 : input[0], count: count), at: place)
    }
  }
}
