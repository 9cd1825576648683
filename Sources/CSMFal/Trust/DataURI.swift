import Foundation

/// `data:audio/wav;base64,…`: audio inside of a result.
package struct DataURI {
  private var encoded: Substring.UTF8View

  /// Characters that are decoded at once: a multiple of four, since four become three bytes.
  private static let pieceSize = 1 << 16

  /// Nil where it is not of that form.
  package init?(_ uri: String) {
    guard let comma = uri.firstIndex(of: ","), uri[..<comma].hasSuffix(";base64") else {
      return nil
    }
    encoded = uri[uri.index(after: comma)...].utf8
  }

  /// The next bytes, so that a long file is never whole in memory; none at the end.
  ///
  /// - Throws: `Unreadable` where it is not base64.
  package mutating func next() throws(Unreadable) -> Data? {
    let piece = encoded.prefix(Self.pieceSize)
    guard !piece.isEmpty else { return nil }
    guard let bytes = Data(base64Encoded: Data(piece)) else { throw Unreadable() }
    encoded = encoded.dropFirst(Self.pieceSize)
    return bytes
  }

  package struct Unreadable: Error {}
}
