/// How bright each window sounds: speech goes from vowels to sibilants and back, a noise, a hum or a tone
/// stays where it is.
struct Timbre {
  /// The brightness of each window in decibels: 3 for white noise, far below for what is dull; that of
  /// silence is 0.
  let values: [Float]
  /// How far apart a dull window and a bright one are, a tenth of the sounds being beyond each.
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
