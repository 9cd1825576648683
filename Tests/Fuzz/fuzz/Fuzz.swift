import CFuzzer
import Foundation
import FuzzTargets
import Glibc

/// `fuzz TARGET [libFuzzer's options] [CORPUS]`; `fuzz TARGET seeds FOLDER` writes the inputs to begin
/// with; `fuzz` alone names the targets.
///
/// Built with `--sanitize=fuzzer` it is libFuzzer; otherwise it changes the seeds at random,
/// `-runs=N` times from `-seed=N` on.
@main
struct Fuzz {
  /// libFuzzer calls a C function, which can carry nothing along.
  nonisolated(unsafe) private static var target: FuzzTarget?

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 1, let target = FuzzTarget.named(arguments[1]) else {
      for target in FuzzTarget.all { print(target.name) }
      return
    }
    if arguments.count == 4, arguments[2] == "seeds" {
      return try write(target.seeds, to: arguments[3])
    }
    Self.target = target
    for seed in target.seeds { try target(seed) }
    var words = ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) } + [nil]
    let code = words.withUnsafeMutableBufferPointer { words in
      csm_fuzz(Int32(words.count - 1), words.baseAddress) { bytes, count in
        Fuzz.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
        return 0
      }
    }
    if code == -1 { byChance(target, arguments) }
  }

  private static func write(_ seeds: [[UInt8]], to folder: String) throws {
    for (number, seed) in seeds.enumerated() {
      try Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(number)"))
    }
  }

  private static func byChance(_ target: FuzzTarget, _ arguments: [String]) {
    func number(_ option: String) -> Int? {
      arguments.first { $0.hasPrefix(option) }.flatMap { Int($0.dropFirst(option.count)) }
    }
    let seed = number("-seed=").map { UInt64($0) } ?? .random(in: 0...(.max))
    let runs = number("-runs=") ?? 100_000
    print("\(target.name): \(runs) inputs from seed \(seed)")
    var mutation = Mutation(target, seed: seed)
    for _ in 0..<runs { read(mutation.next()) }
  }

  /// A broken promise ends the program, as a trap does, so that libFuzzer keeps the input.
  private static func read(_ input: [UInt8]) {
    do {
      try target?(input)
    } catch {
      print("\(target?.name ?? ""): \(error)\ninput: \(input)")
      abort()
    }
  }
}
