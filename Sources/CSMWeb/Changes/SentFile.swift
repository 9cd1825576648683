import CSMCore
import Foundation
import Glibc
import HummingbirdCore
import NIOCore

/// A file that the page sent, in a private folder; removed when the value goes away.
final class SentFile: Sendable {
  /// The name that the sender gave it, made safe.
  let name: String
  let path: String
  private let folder: String

  /// The largest file that is received; larger ones are added with csm-enqueue.
  static let bytesMax = 64 << 20

  struct TooLarge: Error {}
  struct Unwritable: Error {}

  /// Receives a file.
  ///
  /// - Parameter parent: the folder in which its own folder is made.
  /// - Throws: `TooLarge` if it exceeds `bytesMax`; `Unwritable` if it cannot be written.
  init(_ body: RequestBody, name: String, in parent: String) async throws {
    self.name = Self.safe(name)
    folder = try Self.makeFolder(in: parent)
    path = "\(folder)/upload.\(Self.ending(of: self.name))"
    do {
      try await Self.write(body, to: path)
    } catch {
      try? FileManager.default.removeItem(atPath: folder)
      throw error
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private static func makeFolder(in parent: String) throws -> String {
    var template = Array("\(parent)/csm-web.XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Unwritable() }
    return String(cString: made)
  }

  private static func write(_ body: RequestBody, to path: String) async throws {
    let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw Unwritable() }
    defer { close(number) }
    var count = 0
    for try await buffer in body {
      count += buffer.readableBytes
      guard count <= bytesMax else { throw TooLarge() }
      try buffer.withUnsafeReadableBytes { try write($0, to: number) }
    }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to number: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(
        number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      guard count > 0 || errno == EINTR else { throw Unwritable() }
      rest = rest.dropFirst(max(0, count))
    }
  }

  /// The last component of a name, without leading periods, and with unprintable characters escaped.
  static func safe(_ name: String) -> String {
    let last = name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
    let plain = String(Printable.line(last).drop { $0 == "." }.prefix(120))
    return plain.isEmpty ? "upload.txt" : plain
  }

  /// The extension of a name, which decides the format; `txt` for an unusual one.
  private static func ending(of name: String) -> String {
    let ending = (name as NSString).pathExtension.lowercased()
    let isPlain = ending.utf8.allSatisfy(\.isLetterOrDigit)
    return (1...8).contains(ending.utf8.count) && isPlain ? ending : "txt"
  }
}
