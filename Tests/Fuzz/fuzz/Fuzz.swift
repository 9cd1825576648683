import Foundation
import FuzzTargets
import Glibc

/// `fuzz` names the targets; `fuzz TARGET FOLDER` writes the inputs to begin with; `fuzz TARGET -runs=N
/// [-seed=N]` changes them at random.
///
/// Built with `--sanitize=fuzzer` it has libFuzzer's `main` in place of this one, and takes the target from
/// `CSM_FUZZ_TARGET`.
@main
struct Fuzz {
  fileprivate static let chosen =
    ProcessInfo.processInfo.environment["CSM_FUZZ_TARGET"].flatMap(FuzzTarget.named)

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 2, let target = FuzzTarget.named(arguments[1]) else {
      for target in FuzzTarget.all { print(target.name) }
      return
    }
    if arguments[2].hasPrefix("-") {
      byChance(target, arguments)
    } else {
      try write(target.seeds, to: arguments[2])
    }
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
    for _ in 0..<runs { target.read(mutation.next()) }
  }
}

extension FuzzTarget {
  /// A broken promise ends the program, as a trap does, so that libFuzzer keeps the input.
  fileprivate func read(_ input: [UInt8]) {
    do {
      try self(input)
    } catch {
      print("\(name): \(error)\ninput: \(input)")
      abort()
    }
  }
}

/// libFuzzer's next input.
@_cdecl("LLVMFuzzerTestOneInput")
public func readOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let target = Fuzz.chosen else {
    print("CSM_FUZZ_TARGET must name a target; .build/debug/fuzz names them all")
    exit(64)
  }
  target.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
