/// What a server does with one request that it has read: an answer, or something else.
package enum Answer: Sendable {
  /// A well-formed answer; the connection stays.
  case http(Int, String, headers: String = "")
  /// These bytes, whatever they are.
  case bytes([UInt8], closes: Bool = true)
  /// FIN without a word.
  case close
  /// RST without a word.
  case reset
  /// Nothing, until the other side gives up.
  case hang
  /// The text, then the part again and again for as long as it is taken.
  case endless(String, part: String)
  /// The text at one byte every so many milliseconds.
  case drip(String, milliseconds: UInt32)

  /// This text, then the end.
  package static func raw(_ text: String) -> Answer { .bytes(Array(text.utf8)) }

  /// Plays it; false where the connection is over.
  @discardableResult
  package func play(to peer: RawServer.Peer) -> Bool {
    switch self {
    case .http(let status, let body, let headers):
      peer.answer(body, status: "\(status) Whatever", headers: headers)
      return true
    case .bytes(let bytes, let closes):
      peer.write(bytes)
      return !closes
    case .close: break
    case .reset: peer.resetOnClose()
    case .hang: peer.waitForPeer()
    case .endless(let text, let part):
      peer.write(text)
      while peer.write(part) {}
    case .drip(let text, let milliseconds):
      for byte in text.utf8 where peer.write([byte]) { peer.pause(milliseconds: milliseconds) }
    }
    return false
  }
}
