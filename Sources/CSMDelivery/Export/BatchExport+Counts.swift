import CSMFiles

extension BatchExport {
  /// What became of the lines.
  package struct Counts {
    package var written = 0
    package var same = 0
    package var replaced = 0
    package var missing = 0
    /// Lines whose audio the store has lost, or no longer as it was.
    package var damaged = 0
    /// Lines whose audio ffmpeg did not convert.
    package var unconverted = 0
    /// Lines whose file could not be written because something else has its name.
    package var refused = 0
    /// Lines that were not asked for, since their audio sounds odd.
    package var unwanted = 0
    /// Files in which something is louder than a file can hold, and is cut off.
    package var clipped = 0
    /// What a form could not express, a sentence for each kind.
    package var notes: [String] = []
    /// Lines that were not looked at, since the export was stopped.
    package var left = 0

    /// Whether every line has its file.
    package var isWhole: Bool { missing + damaged + unconverted + refused + unwanted + left == 0 }

    mutating func count(_ brought: Brought) {
      switch brought.end {
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
      // Counted as the flaw that it is.
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
