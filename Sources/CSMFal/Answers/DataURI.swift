import Foundation

/// Decodes audio embedded in a result: `data:audio/wav;base64,…`.
package struct DataURI {
  private var encoded: Substring.UTF8View

  /// Characters to decode at a time; a multiple of four, which become three bytes.
  private static let pieceSize = 1 << 16

  /// Nil if it does not have this form.
  package init?(_ uri: String) {
    guard let comma = uri.firstIndex(of: ","),
      uri[..<comma].suffix(7).lowercased() == ";base64"
    else { return nil }
    encoded = uri[uri.index(after: comma)...].utf8
  }

  /// The next bytes, or nil at the end; the whole file is never in memory.
  ///
  /// - Throws: `Unreadable` if it is not base64.
  package mutating func next() throws(Unreadable) -> Data? {
    let piece = encoded.prefix(Self.pieceSize)
    guard !piece.isEmpty else { return nil }
    guard let bytes = Data(base64Encoded: Data(piece)) else { throw Unreadable() }
    encoded = encoded.dropFirst(Self.pieceSize)
    return bytes
  }

  package struct Unreadable: Error {}
}
