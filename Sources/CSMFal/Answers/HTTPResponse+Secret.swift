import CLinux
import CSMCore

extension HTTPResponse {
  /// The answer with the key and its secret half replaced by `(key)`.
  ///
  /// Answers end up in the table, the log and the terminal, and a server may echo what it refuses,
  /// in any form that JSON allows.
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

extension HTTPFailure {
  /// The failure with the key masked in what arrived of the answer.
  func without(_ key: Secret) -> HTTPFailure {
    guard let head else { return self }
    let answer = HTTPResponse(head: head, body: body).without(key)
    return HTTPFailure(kind, message, sent: sent, head: answer.head, body: answer.body)
  }
}

extension [UInt8] {
  /// Replaces every occurrence of `secret` by `(key)`; returns whether there was one.
  @discardableResult
  fileprivate mutating func mask(_ secret: [UInt8]) -> Bool {
    guard mayHold(secret) else { return false }
    var places: [Range<Int>] = []
    withUnsafeBufferPointer { bytes in
      var start = 0
      while start < bytes.count {
        guard let end = bytes.end(of: secret, at: start) else {
          start += 1
          continue
        }
        places.append(start..<end)
        start = end
      }
    }
    for place in places.reversed() { replaceSubrange(place, with: Array("(key)".utf8)) }
    return !places.isEmpty
  }

  /// A fast check that rules out most texts, which may be megabytes of audio.
  private func mayHold(_ secret: [UInt8]) -> Bool {
    withUnsafeBytes { bytes in
      guard let all = bytes.baseAddress else { return false }
      let count = UInt(bytes.count)
      return memmem(all, count, secret, UInt(secret.count)) != nil
        || memmem(all, count, "\\", 1) != nil
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// The end of `text` if it occurs at `start`, with each character plain, as `\u0041`, or after a
  /// backslash (RFC 8259, 7); nil if it does not.
  fileprivate func end(of text: [UInt8], at start: Int) -> Int? {
    var place = start
    for byte in text {
      guard place < count else { return nil }
      if self[place] == byte {
        place += 1
      } else if self[place] == UInt8(ascii: "\\"), place + 1 < count {
        if self[place + 1] == byte {
          place += 2
        } else if isEscape(at: place, of: byte) {
          place += 6
        } else {
          return nil
        }
      } else {
        return nil
      }
    }
    return place
  }

  private func isEscape(at place: Int, of byte: UInt8) -> Bool {
    guard place + 6 <= count, self[place + 1] == UInt8(ascii: "u") else { return false }
    let digits = String(decoding: self[(place + 2)..<(place + 6)], as: UTF8.self)
    return UInt16(digits, radix: 16) == UInt16(byte)
  }
}

extension Secret {
  /// What must not appear: the key, and the part after its colon.
  ///
  /// Parts too short to be distinguished from other words are left out.
  fileprivate var parts: [[UInt8]] {
    let whole = Array(value.utf8)
    let half = whole.split(separator: UInt8(ascii: ":"), maxSplits: 1).last.map(Array.init) ?? []
    return (whole.count >= 8 ? [whole] : []) + (half.count >= 16 ? [half] : [])
  }
}
