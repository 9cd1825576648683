import CSMCore
import CSMFiles

/// A word that nobody can guess, and how it is told from another without telling how far they agree.
enum Secret {
  /// 256 bits of the system's randomness.
  static func make() -> String {
    var random = SystemRandomNumberGenerator()
    let bytes = SIMD32<UInt8>((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    return Digest(bytes).hex
  }

  /// What may be kept of a secret, and compared.
  static func mark(of secret: String) -> Digest { mark(of: [UInt8](secret.utf8)) }

  static func mark(of bytes: [UInt8]) -> Digest { Digest(of: bytes) }
}
