/// Where in a recording there is sound, and where silence.
///
/// What is silence is told by the recording's own levels: a quiet voice in a quiet room is no silence, and a
/// pause that a noise fills is one.
struct Stretches {
  /// The level that the loudest twentieth of the windows reaches.
  let speechLevel: Float
  /// Whether each window is one of sound.
  private(set) var isSound: [Bool]
  /// Windows of sound.
  let sound: Int
  /// Windows of silence before the first sound, of the longest silence between sounds, and after the last;
  /// all is tail where there is no sound.
  private(set) var lead = 0
  private(set) var pause = 0
  private(set) var tail = 0

  /// A sound of fewer windows is a click, and ends no silence: under 60 ms.
  private static let soundMin = 3

  /// - Parameter sorted: the same levels in order; there is one at least.
  init(_ levels: [Float], sorted: [Float]) {
    speechLevel = sorted.share(0.95)
    let threshold = Self.threshold(speech: speechLevel, floor: sorted.share(0.05))
    isSound = levels.map { $0 > threshold }
    for run in isSound.runs where run.value && run.range.count < Self.soundMin {
      for index in run.range { isSound[index] = false }
    }
    sound = isSound.count { $0 }
    let runs = isSound.runs
    for (index, run) in runs.enumerated() where !run.value {
      if index == runs.count - 1 {
        tail = run.range.count
      } else if index == 0 {
        lead = run.range.count
      } else {
        pause = max(pause, run.range.count)
      }
    }
  }

  /// What is quieter is silence.
  ///
  /// Forty decibels below the speech nothing of it is left; where the pauses are louder, they are told by
  /// their own level, if that is far enough below the speech's.
  private static func threshold(speech: Float, floor: Float) -> Float {
    max(speech - 40, min(floor + 6, speech - 15))
  }
}

extension [Bool] {
  /// A row of the same values.
  struct Run {
    let value: Bool
    let range: Range<Int>
  }

  var runs: [Run] {
    var runs: [Run] = []
    var start = 0
    for index in indices where index + 1 == count || self[index + 1] != self[index] {
      runs.append(Run(value: self[index], range: start..<index + 1))
      start = index + 1
    }
    return runs
  }
}
