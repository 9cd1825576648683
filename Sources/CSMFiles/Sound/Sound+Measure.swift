import CSMCore

extension Sound {
  /// Measures the samples like those of a stored file; nil if the rate is not supported.
  package var measure: AudioMeasure? {
    guard var meter = SampleMeter(.float32, sampleRate: rate, channels: 1) else { return nil }
    samples.withUnsafeBytes { meter.take($0) }
    return meter.measure
  }
}
