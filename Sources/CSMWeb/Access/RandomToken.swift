import CSMCore
import CSMFiles

/// Secrets that nobody can guess, and digests to compare them by.
///
/// The time to compare digests reveals nothing about how much of a guess is right.
enum RandomToken {
  /// 256 random bits from the system, as hexadecimal digits.
  static func make() -> String {
    var random = SystemRandomNumberGenerator()
    let bytes = SIMD32<UInt8>((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    return Digest(bytes).hex
  }

  /// The digest of a secret, which may be stored and compared.
  static func mark(of secret: String) -> Digest { mark(of: [UInt8](secret.utf8)) }

  static func mark(of bytes: [UInt8]) -> Digest { Digest(of: bytes) }
}
