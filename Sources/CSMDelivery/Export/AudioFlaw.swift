import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMWorkplace

/// Why the audio of one line cannot be exported; other lines are not affected.
package struct AudioFlaw: Error {
  /// The kind of flaw, by its name in `_missing.csv`.
  package enum Kind: String {
    case missing = "audio_missing"
    case damaged = "audio_damaged"
    case unconverted = "not_converted"
    /// The line's file name is taken by something else.
    case refused = "name_taken"
    /// It is marked, and only good audio was asked for.
    case unwanted = "not_good"
  }

  package let kind: Kind
  /// One sentence without a full stop.
  package let reason: String

  package init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }

  /// Finds the flaw behind an error about stored audio; nil if that is sound and something else is wrong.
  package init?(behind error: any Error, in store: AudioStore, of digest: Digest) throws {
    switch error {
    case let flaw as AudioFlaw: self = flaw
    case let damaged as DamagedObject: (kind, reason) = (.damaged, damaged.description)
    case let failure as Failure where failure.status == FFmpeg.badInput:
      (kind, reason) = (.unconverted, failure.sentences.joined(separator: "; "))
    case let failure as FileError:
      // The store may have failed, or the folder that is exported to.
      switch try Self.condition(of: digest, in: store) {
      case .sound: return nil
      case .absent: (kind, reason) = (.missing, "\(store.path(of: digest)) is missing")
      case .damaged: (kind, reason) = (.damaged, failure.description)
      }
    default: return nil
    }
  }

  private static func condition(
    of digest: Digest, in store: AudioStore
  ) throws -> AudioStore.Condition {
    do {
      return try store.verify(digest)
    } catch let error as FileError where error.isMissing {
      return .absent
    }
  }
}

/// Why a sequence gets no file; other sequences are not affected.
struct SequenceFlaw: Error {
  let flaw: AudioFlaw
  /// The line that is at fault; nil if it is none of them.
  let part: LineSequence.Part?

  init(_ flaw: AudioFlaw, of part: LineSequence.Part? = nil) {
    self.flaw = flaw
    self.part = part
  }
}
