import CLinux
import CSMCore

extension HTTPResponse {
  /// The answer with `(key)` wherever it repeats the key or its secret half.
  ///
  /// What fal says goes into the table, the log and the terminal, and whoever stands between may echo
  /// what it refuses.
  func without(_ key: Secret) -> HTTPResponse {
    var answer = self
    for part in key.parts {
      answer.body.mask(part)
      for (index, header) in answer.head.headers.enumerated() {
        var value = Array(header.value.utf8)
        guard value.mask(part) else { continue }
        answer.head.headers[index] = HTTPHeader(
          header.name, String(decoding: value, as: UTF8.self))
      }
    }
    return answer
  }
}

extension [UInt8] {
  /// Puts `(key)` wherever these bytes stand, and says whether they stood anywhere.
  @discardableResult
  fileprivate mutating func mask(_ secret: [UInt8]) -> Bool {
    guard var place = firstPlace(of: secret, from: startIndex) else { return false }
    while true {
      replaceSubrange(place..<place + secret.count, with: Array("(key)".utf8))
      guard let next = firstPlace(of: secret, from: place) else { return true }
      place = next
    }
  }

  private func firstPlace(of part: [UInt8], from start: Int) -> Int? {
    withUnsafeBytes { bytes in
      guard let all = bytes.baseAddress,
        let found = memmem(all + start, UInt(bytes.count - start), part, UInt(part.count))
      else { return nil }
      return UnsafeRawPointer(found) - all
    }
  }
}

extension Secret {
  /// What must stand nowhere: the key, and what follows its colon.
  ///
  /// What is too short to be told from other words is no secret.
  fileprivate var parts: [[UInt8]] {
    let whole = Array(value.utf8)
    let half = whole.split(separator: UInt8(ascii: ":"), maxSplits: 1).last.map(Array.init) ?? []
    return (whole.count >= 8 ? [whole] : []) + (half.count >= 16 ? [half] : [])
  }
}
