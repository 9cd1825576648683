import Foundation

/// An entry's meta, as JSON with sorted keys.
enum MetaText {
  static func text(of value: some Encodable, line: Int) throws(Rejection) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      throw Rejection(line: line, .field, "this meta cannot be stored")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
