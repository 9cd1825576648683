import CSMCore
import CSMFiles

/// Names for programs that accept few characters.
enum PlainName {
  /// A path of lower-case ASCII letters, digits, `-` and `_`, with its extension.
  ///
  /// A changed component gets digits of its hash at its end, to keep different paths different.
  static func ofPath(_ path: String) -> String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return parts.enumerated().map { place, part in
      let isLast = place + 1 == parts.count
      let stem = isLast ? String(part).withoutExtension : String(part)
      return plain(stem) { scalar in
        ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
          || "-_".unicodeScalars.contains(scalar)
      } + part.dropFirst(stem.count)
    }.joined(separator: "/")
  }

  /// A single name of lower-case letters and digits of any script, `-`, `_` and full stops.
  static func flat(_ name: String) -> String {
    let stem = name.withoutExtension
    return plain(stem) { scalar in
      scalar.properties.isAlphabetic && !scalar.properties.isUppercase
        || scalar.properties.numericType != nil
        || "-_.".unicodeScalars.contains(scalar)
    } + name.dropFirst(stem.count)
  }

  /// A single name for a path; one with folders gets digits of its hash at its end, to stay different from others.
  static func withoutFolders(_ path: String) -> String {
    guard path.unicodeScalars.contains("/") else { return path }
    let stem = path.withoutExtension
    let name = String(stem.replacingScalars(["/": "_"]).prefix(lettersMax))
    return "\(name)-\(Digest(of: stem).hex.prefix(digits))" + path.dropFirst(stem.count)
  }

  private static let digits = 8
  private static let lettersMax = 60

  private static func plain(_ text: String, _ mayStay: (Unicode.Scalar) -> Bool) -> String {
    guard !text.isEmpty, !text.unicodeScalars.allSatisfy(mayStay) else { return text }
    let letters = text.unicodeScalars.map { scalar -> Unicode.Scalar in
      let lower = scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
      return mayStay(scalar) ? scalar : mayStay(lower) ? lower : "-"
    }
    let name = String(String.UnicodeScalarView(letters.prefix(lettersMax)))
    return "\(name)-\(Digest(of: text).hex.prefix(digits))"
  }
}
