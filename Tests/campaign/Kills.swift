import ArgumentParser
import Glibc

/// Kills a program (`kill -9`) before each call that changes something, from the file to the audio, and
/// again during recovery.
struct Kills: Campaign {
  static let configuration = CommandConfiguration(
    abstract: "Kills before every call that changes something, and again during recovery.")

  @OptionGroup var setting: Setting

  /// For how many kills of the night the recovery is swept, too.
  private static let recoveries = 5
  /// At how many of the calls that make the 256 folders of the store it kills: the folders are alike.
  private static let folderCalls = 16

  func tally() async throws -> Tally {
    try await setting.stand { theatre in
      let trials = try await points(theatre).enumerated().map { number, trial in
        Trial(name: trial.name) { verdict in
          try await trial.run(theatre, number, &verdict) { ending, isStruck in
            let expected: Ending.Status = isStruck ? .signal(SIGKILL) : .exit(0)
            // A recovery may leave lines held for a person.
            let isHeld = trial.subject == .recovery && ending.status == .exit(2)
            return ending.status == expected || isHeld ? [] : ["it ended with \(ending)"]
          }
        }
      }
      return await Tally.of(trials, width: setting.width)
    }
  }

  private func points(_ theatre: Theatre) async throws -> [StruckTrial] {
    let adding = try await theatre.rehearsal(.add, calls: Faults.changing).count
    let night = try await theatre.rehearsal(.night, calls: Faults.changing).count
    let mkdirs = try await theatre.rehearsal(.night, calls: ["mkdir"]).count
    let folders = stride(from: 1, through: mkdirs, by: max(1, mkdirs / Self.folderCalls))
    var trials = setting.some(Array(1...adding), short: 20).map {
      StruckTrial(subject: .add, faults: Faults(at: $0))
    }
    trials += setting.some(Array(1...night), short: 40).map {
      StruckTrial(subject: .night, faults: Faults(at: $0))
    }
    trials += setting.some(Array(folders), short: 4).map {
      StruckTrial(subject: .night, faults: Faults(calls: ["mkdir"], at: $0))
    }
    for part in 1...Self.recoveries {
      let first = night * part / (Self.recoveries + 1)
      let again = try await theatre.rehearsal(
        .recovery, calls: Faults.changing, firstKill: first
      ).count
      trials += setting.some(Array(1...max(again, 1)), short: 4).map {
        StruckTrial(subject: .recovery, firstKill: first, faults: Faults(at: $0))
      }
    }
    return trials
  }
}
