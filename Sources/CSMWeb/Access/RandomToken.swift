import CSMCore

/// Secrets that nobody can guess.
enum RandomToken {
  /// 256 random bits from the system, as hexadecimal digits.
  static func make() -> String {
    Digest(SIMD32.random(in: .min ... .max)).hex
  }
}
