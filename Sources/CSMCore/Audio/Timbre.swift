/// The brightness of each window: speech alternates between vowels and sibilants, while noise, a
/// hum or a tone stays constant.
struct Timbre {
  /// Decibels of brightness per window: 3 for white noise, far lower for dull sounds, 0 for
  /// silence.
  let values: [Float]
  /// The distance between the tenth and the ninetieth percentile of the windows of sound.
  let range: Float

  init(_ envelope: Envelope, mean: Double, sounds: [Bool]) {
    values = zip(envelope.windows, sounds).map { window, isSound in
      guard isSound else { return 0 }
      let energy = window.energy(without: mean) * Double(window.count)
      return max(-40, Decibels.of(window.steps / max(energy, 1e-12)))
    }
    let sorted = zip(values, sounds).filter(\.1).map(\.0).sorted()
    range = sorted.isEmpty ? 0 : sorted.share(0.9) - sorted.share(0.1)
  }
}
