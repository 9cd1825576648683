import Foundation
import Synchronization

/// A file that only grows, and whose entries are read back by place.
///
/// Appends that arrive during a write share the next write and, in a durable file, its fsync. A
/// durable append returns after write and fsync.
final class AppendOnlyFile: Sendable {
  /// The position of an entry.
  struct Place: Sendable, Equatable {
    let offset: Int64
    let length: Int32
  }

  private struct Waiting {
    let bytes: [UInt8]
    let done: CheckedContinuation<Place, any Error>
  }

  private let descriptor: Int32
  private let durable: Bool
  private let writer = DispatchQueue(label: "csm-localfal.append")
  private let waiting = Mutex<[Waiting]>([])
  private let end: Mutex<Int64>

  /// Opens or creates a durable file at `path`.
  init(path: String) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("open \(path)") }
    durable = true
    end = Mutex(Int64(lseek(descriptor, 0, SEEK_END)))
  }

  /// Creates an unnamed temporary file, which ceases to exist with this object.
  init() throws {
    var template = Array((NSTemporaryDirectory() + "/csm-localfal-XXXXXX").utf8CString)
    descriptor = template.withUnsafeMutableBufferPointer { name in
      let opened = name.baseAddress.map { mkstemp($0) } ?? -1
      if let path = name.baseAddress, opened >= 0 { unlink(path) }
      return opened
    }
    guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
      throw SystemError("create a temporary file")
    }
    durable = false
    end = Mutex(0)
  }

  deinit { close(descriptor) }

  /// Appends `bytes`; in a durable file, they are on disk on return.
  func append(_ bytes: [UInt8]) async throws -> Place {
    try await withCheckedThrowingContinuation { done in
      let isFirst = waiting.withLock {
        $0.append(Waiting(bytes: bytes, done: done))
        return $0.count == 1
      }
      if isFirst { writer.async { self.writeWaiting() } }
    }
  }

  /// The bytes at `place`.
  func read(_ place: Place) throws -> [UInt8] {
    let length = Int(place.length)
    return try [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      while count < length {
        let rest = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
        let got = pread(
          descriptor, rest.baseAddress, rest.count, off_t(place.offset) + off_t(count))
        guard got > 0 else { throw SystemError("read back") }
        count += got
      }
    }
  }

  /// Drops everything after `length` bytes, such as a line that a crash cut short.
  func truncate(to length: Int64) throws {
    guard ftruncate(descriptor, off_t(length)) == 0 else { throw SystemError("truncate") }
    end.withLock { $0 = length }
  }

  private func writeWaiting() {
    let batch = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    do {
      let places = try batch.map { try write($0.bytes) }
      if durable, fsync(descriptor) != 0 { throw SystemError("fsync") }
      for (entry, place) in zip(batch, places) { entry.done.resume(returning: place) }
    } catch {
      for entry in batch { entry.done.resume(throwing: error) }
    }
  }

  private func write(_ bytes: [UInt8]) throws -> Place {
    let start = end.withLock { $0 }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(
          descriptor, $0.baseAddress?.advanced(by: written), $0.count - written,
          off_t(start) + off_t(written))
      }
      guard count > 0 else { throw SystemError("write") }
      written += count
    }
    end.withLock { $0 = start + Int64(bytes.count) }
    return Place(offset: start, length: Int32(bytes.count))
  }
}

/// A failed system call, with its purpose.
package struct SystemError: Error, CustomStringConvertible {
  package let description: String

  /// Reads the cause from `errno`.
  init(_ purpose: String) {
    description = "cannot \(purpose): \(String(cString: strerror(errno)))"
  }
}
