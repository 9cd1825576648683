/// The part of a file that a `Range` header asks for (RFC 9110, section 14).
enum ByteRange: Equatable {
  /// All of it: there is no range, or one that may be left out of account, as of several parts.
  case whole
  case part(Range<Int>)
  /// Nothing of the file is in it.
  case unsatisfiable

  /// - Parameter size: the file's length in bytes.
  init(_ header: String?, size: Int) {
    guard let header, header.lowercased().hasPrefix("bytes="), !header.contains(",") else {
      self = .whole
      return
    }
    let bounds = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
      .map { $0.filter { $0 != " " } }
    let isDigits = bounds.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    guard bounds.count == 2, isDigits, !(bounds[0].isEmpty && bounds[1].isEmpty) else {
      self = .whole
      return
    }
    // A number too large for us is beyond every file.
    let (first, last) = (Self.number(bounds[0]), Self.number(bounds[1]))
    if let first, let last, last < first {
      self = .whole
    } else if let first {
      let end = min(last ?? .max, size - 1)
      self = first < size ? .part(first..<(end + 1)) : .unsatisfiable
    } else {
      let count = min(last ?? 0, size)
      self = count > 0 ? .part((size - count)..<size) : .unsatisfiable
    }
  }

  private static func number(_ digits: String) -> Int? {
    digits.isEmpty ? nil : Int(digits) ?? .max
  }
}
