import ArgumentParser
import Foundation

/// Makes every call on a file fail, once and from then on.
///
/// Nothing may crash, every message must name the error, and the work must end once the fault is gone.
struct Errors: Campaign {
  static let configuration = CommandConfiguration(
    abstract: "Injects EIO, ENOSPC, EINTR and half writes at every call, once and from then on.")

  @OptionGroup var setting: Setting

  private static let calls = [
    "create", "open", "write", "pwrite", "fsync", "fdatasync", "ftruncate", "fchmod", "mkdir",
    "unlink", "rename",
  ]

  /// The errors to inject; EINTR only once, because no real call is interrupted for ever.
  private static let deeds: [(deed: Faults.Deed, isLasting: Bool)] = [
    (.fails(.input), false), (.fails(.input), true), (.fails(.space), false),
    (.fails(.space), true), (.fails(.interrupted), false), (.halves, false),
  ]

  func tally() async throws -> Tally {
    try await setting.stand { theatre in
      let trials = try await points(theatre).enumerated().map { number, trial in
        Trial(name: trial.name) { verdict in
          try await trial.run(theatre, number, &verdict) { ending, isStruck in
            isStruck ? trial.complaints(about: ending) : []
          }
        }
      }
      return await Tally.of(trials, width: setting.width)
    }
  }

  private func points(_ theatre: Theatre) async throws -> [StruckTrial] {
    var points: [StruckTrial] = []
    for subject in [Subject.add, .night] {
      for call in Self.calls {
        let count = try await theatre.rehearsal(subject, calls: [call]).count
        let all = Array(1...max(1, count))
        // The 256 folders of the store are alike.
        let numbers = call == "mkdir" ? all.filter { [1, 2, 3, 4, 130, 259].contains($0) } : all
        for (deed, isLasting) in Self.deeds where deed != .halves || call.hasSuffix("write") {
          points += numbers.map { number in
            StruckTrial(
              subject: subject,
              faults: Faults(calls: [call], at: number, isLasting: isLasting, deed: deed),
              patience: .seconds(isLasting ? 6 : 240))
          }
        }
      }
    }
    return setting.some(points, short: 100)
  }
}

extension StruckTrial {
  /// The exit codes that are allowed after an error.
  private static let codes: Set<Int32> = [0, 1, 2, 73, 74, 75, 77]

  /// Phrases of which the message must contain one.
  private func words(for error: Faults.Errno) -> [String] {
    switch error {
    case .input: ["Input/output error", "disk I/O error", "cannot be opened"]
    case .space: ["No space left", "disk is full", "disk I/O error", "cannot be opened"]
    case .interrupted: ["Interrupted", "disk I/O error", "cannot be opened"]
    }
  }

  /// What is wrong with how the struck program ended.
  fileprivate func complaints(about ending: Ending) -> [String] {
    switch ending.status {
    case .signal: ["it crashed: \(ending)"]
    case .late where faults.isLasting && isHonest(ending): []
    case .late: ["it hangs, or waits without saying why: \(ending)"]
    case .exit(let code) where !Self.codes.contains(code): ["it ended with \(ending)"]
    case .exit(let code) where code > 2 && !isHonest(ending): ["it does not say why: \(ending)"]
    case .exit: []
    }
  }

  private func isHonest(_ ending: Ending) -> Bool {
    guard case .fails(let error) = faults.deed else { return true }
    return words(for: error).contains { ending.stderr.contains($0) }
  }
}
