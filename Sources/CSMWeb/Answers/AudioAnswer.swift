import CSMCore
import CSMFiles
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Serves audio from the store, whole or in parts; its digest is its name and its `ETag`.
struct AudioAnswer {
  let store: AudioStore
  let workers: WorkerThreads

  /// How many bytes are in memory for each listener.
  private static let piece = 64 << 10

  /// - Parameters:
  ///   - type: the media type that the table has.
  ///   - bytes: the file's length.
  func answer(
    to head: HTTPRequest, _ digest: Digest, type: String, bytes: Int
  ) -> Response {
    let tag = "\"\(digest.hex)\""
    let cache = Answer.forever
    if let known = head.headerFields[.ifNoneMatch], known.contains(tag) {
      var response = Answer.make(.notModified, type: type, cache: cache, body: ResponseBody())
      response.headers[.eTag] = tag
      return response
    }
    let isOther = head.headerFields[.ifRange].map { $0 != tag } ?? false
    let range = ByteRange(isOther ? nil : head.headerFields[.range], size: bytes)
    var response: Response
    switch range {
    case .unsatisfiable:
      response = Answer.text(.rangeNotSatisfiable, "there are \(bytes) bytes")
      response.headers[.contentRange] = "bytes */\(bytes)"
    case .whole:
      response = Answer.make(
        .ok, type: type, cache: cache, body: body(head, digest, 0..<bytes))
    case .part(let part):
      response = Answer.make(
        .partialContent, type: type, cache: cache, body: body(head, digest, part))
      response.headers[.contentRange] =
        "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(bytes)"
    }
    response.headers[.eTag] = tag
    response.headers[.acceptRanges] = "bytes"
    return response
  }

  private func body(_ head: HTTPRequest, _ digest: Digest, _ range: Range<Int>) -> ResponseBody {
    guard head.method != .head else {
      return ResponseBody(contentLength: range.count) { try await $0.finish(nil) }
    }
    return ResponseBody(contentLength: range.count) { [store, workers] writer in
      var offset = range.lowerBound
      while offset < range.upperBound {
        let (start, count) = (offset, min(Self.piece, range.upperBound - offset))
        let bytes = try await workers.run { try store.part(of: digest, at: start, count: count) }
        // Does not happen: files in the store never change.
        guard !bytes.isEmpty else { break }
        try await writer.write(ByteBuffer(bytes: bytes))
        offset += bytes.count
      }
      try await writer.finish(nil)
    }
  }
}
