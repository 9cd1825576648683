/// fal's key, without a description, so that no log line or message can hold it by accident.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  /// The key itself, for the header of a request to fal and nothing else.
  package let value: String

  /// Takes a key over, without the line end that files have; nil where it cannot stand in a header.
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
