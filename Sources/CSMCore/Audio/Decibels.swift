/// Levels as people read them: ten times the decimal logarithm of an energy, whose full scale is 1.
enum Decibels {
  /// What is quieter is nothing: one step of 16 bits has −90 dB.
  static let floor: Float = -100

  /// The level of an energy; never below `floor`.
  static func of(_ energy: Double) -> Float {
    guard energy > 1e-10, energy.isFinite else { return floor }
    // The logarithm of a number from 1 to 2 by the series of its area tangent, exact to a millionth.
    let part = (energy.significand - 1) / (energy.significand + 1)
    let square = part * part
    let series = 1 + square * (1 / 3.0 + square * (1 / 5.0 + square * (1 / 7.0 + square / 9)))
    let logarithm = Double(energy.exponent) + 2 * part * series / 0.693_147_180_559_945_3
    return Float(logarithm * 3.010_299_956_639_812)
  }
}
