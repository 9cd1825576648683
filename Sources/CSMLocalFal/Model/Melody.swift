import Foundation

/// A tune in place of speech: soft notes of a pentatonic scale, different for every seed.
///
/// It takes a few multiplications per sample, since each note is a rotating phasor, so 40
/// concurrent downloads are no load.
enum Melody {
  /// `count` samples of the tune of `seed`, with silence at the end, as after speech.
  static func samples(count: Int, seed: UInt64) -> [Int16] {
    let tune = notes(count: count - min(end, count / 4), seed: seed)
    return tune + [Int16](repeating: 0, count: count - tune.count)
  }

  private static let end = Wave.rate / 25

  private static func notes(count: Int, seed: UInt64) -> [Int16] {
    var generator = SplitMix64(seed)
    var samples: [Int16] = []
    samples.reserveCapacity(count)
    var degree = Int.random(in: 0..<scale.count, using: &generator)
    while samples.count < count {
      let step = Int.random(in: -2...2, using: &generator)
      degree = min(max(degree + step, 0), scale.count - 1)
      let seconds = [0.16, 0.16, 0.24, 0.32].randomElement(using: &generator) ?? 0.16
      let frames = min(Int(seconds * Double(Wave.rate)), count - samples.count)
      appendNote(of: scale[degree], frames: frames, to: &samples)
    }
    return samples
  }

  /// Two octaves of the C major pentatonic scale from middle C, in hertz.
  private static let scale = [
    261.63, 293.66, 329.63, 392.00, 440.00, 523.25, 587.33, 659.26, 783.99, 880.00,
  ]

  /// Appends a plucked note: the hiss of the plectrum, a fundamental with its octave, a fading end
  /// and a rest.
  ///
  /// Without hiss and rest it would be a plain tone, which the audio checks rightly mark as no
  /// speech.
  private static func appendNote(of hertz: Double, frames: Int, to samples: inout [Int16]) {
    let attack = 240.0
    let rest = min(1200, frames / 4)
    var hiss: UInt32 = UInt32(frames) | 1
    let turn = 2 * Double.pi * hertz / Double(Wave.rate)
    let (turnSine, turnCosine) = (sin(turn), cos(turn))
    var (sine, cosine) = (0.0, 1.0)
    var loudness = 9_000.0
    for frame in 0..<frames {
      let edge = max(0, min(1, Double(frame) / attack, Double(frames - rest - frame) / attack))
      let octave = 2 * sine * cosine
      hiss = hiss &* 1_664_525 &+ 1_013_904_223
      let noise = frame < 2 * rest ? Double(Int16(truncatingIfNeeded: hiss >> 16)) / 12 : 0
      let tone = frame < rest ? 0 : loudness * (sine + 0.35 * octave)
      samples.append(Int16(edge * (tone + noise)))
      (sine, cosine) = (
        sine * turnCosine + cosine * turnSine, cosine * turnCosine - sine * turnSine
      )
      loudness *= 0.9998
    }
  }
}
