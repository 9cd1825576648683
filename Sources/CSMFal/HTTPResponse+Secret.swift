import CSMCore
import Foundation

extension HTTPResponse {
  /// The answer with `(key)` wherever it repeats the key or its secret half.
  ///
  /// What fal says goes into the table, the log and the terminal, and whoever stands between may echo
  /// what it refuses.
  func without(_ key: Secret) -> HTTPResponse {
    var answer = self
    for part in key.parts {
      answer.body = Self.masked(answer.body, part)
      answer.head.headers = answer.head.headers.map { header in
        HTTPHeader(header.name, header.value.replacing(part, with: Self.mask))
      }
    }
    return answer
  }

  private static let mask = "(key)"

  private static func masked(_ body: [UInt8], _ part: String) -> [UInt8] {
    var data = Data(body)
    let secret = Data(part.utf8)
    guard var place = data.range(of: secret) else { return body }
    while true {
      data.replaceSubrange(place, with: Data(mask.utf8))
      guard let next = data.range(of: secret, in: place.lowerBound..<data.endIndex) else {
        return Array(data)
      }
      place = next
    }
  }
}

extension Secret {
  /// What must stand nowhere: the key, and what follows its colon.
  ///
  /// What is too short to be told from other words is no secret.
  fileprivate var parts: [String] {
    let half = value.split(separator: ":", maxSplits: 1).last.map(String.init) ?? ""
    return (value.utf8.count >= 8 ? [value] : []) + (half.utf8.count >= 16 ? [half] : [])
  }
}
