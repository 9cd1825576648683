/// The key for fal; its description hides it, so no log or message can contain it by accident.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  /// The key itself, only for the header of a request to fal.
  package let value: String

  /// Trims the line end that files have; nil if the key is not valid in a header.
  package init?(_ text: String) {
    let bytes = text.utf8
    let end = bytes.lastIndex { !($0 == 0x0A || $0 == 0x0D || $0 == 0x20) }
    guard let end else { return nil }
    let key = bytes[...end]
    guard key.count <= 1024, key.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    value = String(Substring(key))
  }

  package var description: String { "(secret)" }

  package var customMirror: Mirror { Mirror(self, children: []) }
}
