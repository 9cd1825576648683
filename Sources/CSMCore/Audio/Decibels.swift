/// Converts energies, whose full scale is 1, to decibels.
enum Decibels {
  /// Anything quieter counts as silence; one step of a 16-bit sample is −90 dB.
  static let floor: Float = -100

  /// The level of an energy, at least `floor`.
  static func of(_ energy: Double) -> Float {
    guard energy > 1e-10, energy.isFinite else { return floor }
    // The logarithm of the significand by the series of artanh, accurate to a millionth.
    let part = (energy.significand - 1) / (energy.significand + 1)
    let square = part * part
    let series = 1 + square * (1 / 3.0 + square * (1 / 5.0 + square * (1 / 7.0 + square / 9)))
    let logarithm = Double(energy.exponent) + 2 * part * series / 0.693_147_180_559_945_3
    return Float(logarithm * 3.010_299_956_639_812)
  }
}
