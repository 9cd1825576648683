import Foundation

/// `data:audio/wav;base64,…`: audio inside of a result.
package enum DataURI {
  /// The bytes; nil where it is not of that form.
  package static func bytes(of uri: String) -> Data? {
    guard let comma = uri.firstIndex(of: ","), uri[..<comma].hasSuffix(";base64") else {
      return nil
    }
    return Data(base64Encoded: String(uri[uri.index(after: comma)...]))
  }
}
