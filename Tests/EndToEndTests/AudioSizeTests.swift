import Servers
import Testing

/// Audio whose size is given in several places that disagree.
@Suite("The size of audio")
struct AudioSizeTests {
  @Test(
    "if a streaming writer left the length in a WAV header open, the bytes received count",
    arguments: [0xFFFF_FFFF, 0x7FFF_FFFF, 0x7FFF_FFDB, 1_000_000_000, 9600])
  func placeholder(declared: Int) async throws {
    let line = try await spoken(Self.file(declared: declared), fileSize: nil)
    #expect(line["state"] as? String == "STORED")
    #expect(line["duration_s"] as? Double == 0.1)
  }

  @Test(
    "a wrong file_size beside sound audio is no reason to download again", arguments: [5, 9999])
  func wrongFileSize(size: Int) async throws {
    let line = try await spoken(Self.file(), fileSize: size)
    #expect(line["state"] as? String == "STORED")
    #expect(line["duration_s"] as? Double == 0.1)
  }

  @Test(
    "a wrong file_size is no reason either if only the header of the audio tells the size",
    arguments: [5, 9999])
  func wrongFileSizeInChunks(size: Int) async throws {
    let line = try await spoken(Self.file(), fileSize: size, isChunked: true)
    #expect(line["state"] as? String == "STORED")
    #expect(line["duration_s"] as? Double == 0.1)
  }

  @Test(
    "half of the audio is not accepted as all of it, however often the same half comes",
    arguments: ["short of its Content-Length", "short of its header and of file_size"])
  func half(_ what: String) async throws {
    let whole = Self.file()
    let half = Array(whole.prefix(whole.count / 2))
    let isLengthRight = what != "short of its Content-Length"
    let line = try await spoken(
      whole, fileSize: whole.count, firstAnswer: half,
      length: isLengthRight ? half.count : whole.count)
    #expect(line["state"] as? String == "STORED")
    #expect(line["bytes"] as? Int == whole.count)
  }

  /// A WAV file of a tenth of a second.
  private static func file(declared: Int? = nil) -> [UInt8] {
    var file = WAV.hum(bytes: 4800)
    if let declared {
      for index in 0..<4 { file[40 + index] = UInt8(truncatingIfNeeded: declared >> (8 * index)) }
    }
    return file
  }

  private static func chunked(_ bytes: [UInt8]) -> Answer {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    let size = String(bytes.count, radix: 16)
    return .bytes(
      Array("\(head)\(size)\r\n".utf8) + bytes + Array("\r\n0\r\n\r\n".utf8), closes: false)
  }

  /// Has a line spoken, and returns its row in `list`.
  ///
  /// - Parameters:
  ///   - fileSize: the size in fal's result.
  ///   - isChunked: whether the downloads are sent in chunks, without a length.
  ///   - firstAnswer: the bytes of the first three downloads instead, sent with this `length`.
  private func spoken(
    _ file: [UInt8], fileSize: Int?, firstAnswer: [UInt8]? = nil, length: Int = 0,
    isChunked: Bool = false
  ) async throws -> [String: Any] {
    let stage = try await Stage()
    let fal = try ScriptedFal { asked in
      switch asked.call {
      case .download:
        let isFirst = asked.number <= 3
        let bytes = isFirst ? firstAnswer ?? file : file
        if isChunked { return Self.chunked(bytes) }
        let count = isFirst && firstAnswer != nil ? length : bytes.count
        return .bytes(
          Array("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n".utf8) + bytes,
          closes: count != bytes.count)
      case .result:
        let size = fileSize.map { #", "file_size": \#($0)"# } ?? ""
        return .http(
          200, #"{"audio": {"url": "http://\#(asked.cdn)/\#(asked.id).wav"\#(size)}}"#)
      default: return nil
      }
    }
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    _ = try await stage.night(fal.settings)
    // A second request would be a retry that was not needed.
    if firstAnswer == nil { #expect(fal.requestsToCDN.count == 1) }
    return try #require(try await stage.lines().first)
  }
}
