import CSMCore
import Synchronization

/// Passes a file's bytes on to a sink, and can resume a transfer that broke off.
///
/// It requests the rest only if the server supports ranges and gave a strong entity tag, and
/// accepts it only if it starts at exactly the next missing byte (RFC 9110, sections 13.1.5 and
/// 14.4). So the sink always holds a prefix of one version of the file.
package final class AudioFunnel: ByteSink {
  private struct State {
    var received = 0
    /// The length of the whole file; nil if the server does not say.
    var length: Int?
    /// The strong entity tag; nil if the server does not support ranges.
    var tag: String?
    var error: (any Error)?
  }

  let sink: any AudioSink
  private let state = Mutex(State())

  package init(_ sink: any AudioSink) {
    self.sink = sink
  }

  /// The number of bytes in the sink.
  package var received: Int { state.withLock { $0.received } }

  /// Whether no byte is known to be missing.
  var isWhole: Bool { state.withLock { $0.length == nil || $0.length == $0.received } }

  /// Whether the server said how long the file is, and all of it has arrived.
  var isMeasured: Bool { state.withLock { $0.length == $0.received } }

  /// The error that the sink threw; nil if it threw none.
  var error: (any Error)? { state.withLock { $0.error } }

  /// Whether the rest of the file can be requested.
  package var canGoOn: Bool { state.withLock { $0.tag != nil } }

  /// The headers that request the missing bytes; empty before the first byte has arrived.
  var rangeHeaders: [HTTPHeader] {
    state.withLock { state in
      guard state.received > 0, let tag = state.tag else { return [] }
      return [HTTPHeader("Range", "bytes=\(state.received)-"), HTTPHeader("If-Range", tag)]
    }
  }

  package func begin(_ head: HTTPHead) -> Bool {
    state.withLock { state in
      guard state.received == 0 else {
        // A server that ignores If-Range sends a part of the file's current version.
        return head.status == 206 && (head["etag"] ?? state.tag) == state.tag
          && Self.goesOn(head, from: state.received, of: state.length)
      }
      // Decoded bytes are not those that the server counts.
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

  /// Whether a partial response starts at byte `received` of a file of this length.
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
