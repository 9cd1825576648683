import CSMCore

extension Sound {
  /// What the samples show, as they do of a recording in the store; nil without one.
  package var measure: AudioMeasure? {
    guard var meter = SampleMeter(.float32, sampleRate: rate, channels: 1) else { return nil }
    samples.withUnsafeBytes { meter.take($0) }
    return meter.measure
  }
}
