/// The stretches of sound and silence in a recording.
///
/// Silence is relative to the recording's own levels: a quiet voice in a quiet room is sound, and a
/// pause filled with noise is silence.
struct Stretches {
  /// The level reached by the loudest twentieth of the windows.
  let speechLevel: Float
  /// Whether each window is sound.
  private(set) var isSound: [Bool]
  /// The number of windows of sound.
  let sound: Int
  /// The number of windows of silence before the first sound, in the longest pause, and after the
  /// last sound; without any sound, everything is tail.
  private(set) var lead = 0
  private(set) var pause = 0
  private(set) var tail = 0

  /// Fewer windows of sound (under 60 ms) are a click, which does not end a silence.
  private static let soundMin = 3

  /// - Parameter sorted: the same levels, sorted; not empty.
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

  /// The level below which a window is silence.
  ///
  /// 40 dB below the speech, or just above the noise floor if that is higher, but always at least
  /// 15 dB below the speech.
  private static func threshold(speech: Float, floor: Float) -> Float {
    max(speech - 40, min(floor + 6, speech - 15))
  }
}

extension [Bool] {
  /// Consecutive equal values.
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
