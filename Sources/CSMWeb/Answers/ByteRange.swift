/// The part of a file that a `Range` header asks for (RFC 9110, section 14).
enum ByteRange: Equatable {
  /// The whole file: there is no range, or one that may be ignored, such as one of several parts.
  case whole
  case part(Range<Int>)
  /// The range lies outside the file.
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
    // A number that does not fit an Int is beyond the end of every file.
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
