import CSMCore
import CSMFiles
import CSMSQLite

/// What a person saw of a line when deciding about it; used to detect changes since.
///
/// A nil part is not compared.
package struct SeenLine: Sendable, Equatable {
  /// The beginning of the SHA-256 of the author's words.
  package var words: String?
  /// The beginning of the digest of the audio that was heard.
  package var audio: String?
  /// The number of the newest take.
  package var takes: Int?
  /// When it was seen; compared with the takes' own times where `takes` is nil.
  package var at: Timestamp?

  /// Hex digits, enough to tell texts or recordings apart; they need not resist an attacker.
  private static let digits = 16

  package static func words(of line: LineRow) -> String {
    String(Digest(of: line.text).hex.prefix(digits))
  }

  package static func audio(of take: LineRow) -> String? { take.digest.map(audio) }

  package static func audio(_ digest: Digest) -> String { String(digest.hex.prefix(digits)) }
}
