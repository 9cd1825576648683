import CSMCore
import Synchronization

/// Passes a file's bytes on to a sink, part by part where the transfer breaks off underway.
///
/// A part is asked for only where the server offers parts and names the file's version by a strong
/// tag, and is taken only where it begins at the very byte that is missing (RFC 9110, sections 13.1.5
/// and 14.4). So the bytes in the sink are always a beginning of one version of the file.
package final class AudioFunnel: ByteSink {
  private struct State {
    var received = 0
    /// How long the whole file is, where the server says so.
    var length: Int?
    /// The version of the file, where the server offers parts of it.
    var tag: String?
    var error: (any Error)?
  }

  let sink: any AudioSink
  private let state = Mutex(State())

  package init(_ sink: any AudioSink) {
    self.sink = sink
  }

  /// Bytes that are in the sink.
  package var received: Int { state.withLock { $0.received } }

  /// Whether nothing is known to be missing.
  var isWhole: Bool { state.withLock { $0.length == nil || $0.length == $0.received } }

  /// Whether the server said how long the file is, and so much has come.
  var isMeasured: Bool { state.withLock { $0.length == $0.received } }

  /// What the sink threw.
  var error: (any Error)? { state.withLock { $0.error } }

  /// Whether the rest of the file can be asked for.
  package var canGoOn: Bool { state.withLock { $0.tag != nil } }

  /// What asks for the bytes that are missing; nothing before the first of them.
  var rangeHeaders: [HTTPHeader] {
    state.withLock { state in
      guard state.received > 0, let tag = state.tag else { return [] }
      return [HTTPHeader("Range", "bytes=\(state.received)-"), HTTPHeader("If-Range", tag)]
    }
  }

  package func begin(_ head: HTTPHead) -> Bool {
    state.withLock { state in
      guard state.received == 0 else {
        // A server that does not heed If-Range sends a part of whatever the file is now.
        return head.status == 206 && (head["etag"] ?? state.tag) == state.tag
          && Self.goesOn(head, from: state.received, of: state.length)
      }
      // Bytes that are decoded on their way are not those that the server counts.
      let isEncoded = head["content-encoding"].map { $0.lowercased() != "identity" } ?? false
      state.tag = isEncoded ? nil : Self.tag(head)
      state.length = isEncoded ? nil : head["content-length"].flatMap { Int($0) }
      return head.status == 200
    }
  }

  package func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    state.withLock { state in
      do {
        try sink.write(bytes)
        state.received += bytes.count
        return true
      } catch {
        state.error = error
        return false
      }
    }
  }

  /// Whether a part begins at the missing byte, and is one of a file of this length.
  private static func goesOn(_ head: HTTPHead, from received: Int, of length: Int?) -> Bool {
    guard let range = head["content-range"], range.hasPrefix("bytes \(received)-") else {
      return false
    }
    let whole = range.split(separator: "/", omittingEmptySubsequences: false).last
    return whole == "*" || length == nil || whole.flatMap { Int($0) } == length
  }

  private static func tag(_ head: HTTPHead) -> String? {
    guard head["accept-ranges"]?.lowercased() == "bytes", let tag = head["etag"],
      tag.hasPrefix("\""), tag.utf8.count <= 256
    else { return nil }
    return tag
  }
}
