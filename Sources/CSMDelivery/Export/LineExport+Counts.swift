import CSMFiles

extension LineExport {
  /// How many lines were exported, and why others were not.
  package struct Counts {
    package var written = 0
    package var same = 0
    package var replaced = 0
    package var missing = 0
    /// Lines whose audio is lost or damaged in the store.
    package var damaged = 0
    /// Lines whose audio ffmpeg could not convert.
    package var unconverted = 0
    /// Lines whose file name is taken by something else.
    package var refused = 0
    /// Lines with marked audio, when only good audio was asked for.
    package var unwanted = 0
    /// Files with clipped samples, which are louder than a file can hold.
    package var clipped = 0
    /// What the form could not express, one sentence for each kind.
    package var notes: [String] = []
    /// Lines that were not looked at because the export was stopped.
    package var left = 0

    /// Whether every line has its file.
    package var isWhole: Bool { missing + damaged + unconverted + refused + unwanted + left == 0 }

    mutating func count(_ exported: ExportedOutcome) {
      switch exported.end {
      case .file(let file, let outcome):
        count(outcome)
        if file.isClipped { clipped += 1 }
      case .missing: missing += 1
      case .flaw(let flaw): count(flaw)
      case .left: left += 1
      }
    }

    mutating func count(_ outcome: ExportFolder.Outcome) {
      switch outcome {
      case .written: written += 1
      case .same: same += 1
      case .replaced: replaced += 1
      // Counted as a flaw.
      case .conflict: break
      }
    }

    mutating func count(_ flaw: AudioFlaw) {
      switch flaw.kind {
      case .missing, .damaged: damaged += 1
      case .unconverted: unconverted += 1
      case .refused: refused += 1
      case .unwanted: unwanted += 1
      }
    }
  }
}
