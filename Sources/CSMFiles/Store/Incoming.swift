import CSMCore
import Glibc
import Synchronization

/// A file that was received completely, checked, and stored.
package struct ReceivedAudio: Hashable, Sendable {
  package let digest: Digest
  /// Its size in bytes, at least 1.
  package let bytes: Int
  package let info: AudioInfo
  /// Nil if the format of its samples is not supported.
  package let measure: AudioMeasure?
}

extension StoredAudio {
  package init(_ received: ReceivedAudio) {
    self.init(
      digest: received.digest, bytes: received.bytes,
      mediaType: "audio/\(received.info.container)",
      durationMilliseconds: received.info.durationMilliseconds, measure: received.measure)
  }
}

/// Audio being received into the store; hashed and counted while it is written.
///
/// Usable from any thread. Without `finish`, no file remains.
package final class Incoming: Sendable {
  private struct Arrival: ~Copyable {
    var file: DurableFile
    var checksum = Checksum()
    var count = 0

    func check(
      as digest: Digest, expecting length: Int?, isWhole: Bool
    ) throws -> ReceivedAudio {
      let count = count
      let isAsLong = length.map { $0 == count }
      return try file.inspect { file in
        if let length, isAsLong == false, !isWhole {
          // Only the file's own header can still show that all of it is there.
          let isExact = try AudioInfo.isExact(length: count) { offset, count in
            try file.bytes(at: offset, count: count)
          }
          guard isExact else { throw AudioFault.wrongLength(expected: length, received: count) }
        }
        let info = try AudioInfo(length: count, isWhole: isAsLong ?? isWhole) { offset, count in
          try file.bytes(at: offset, count: count)
        }
        let measure = try info.measure { offset, count in try file.bytes(at: offset, count: count) }
        return ReceivedAudio(digest: digest, bytes: count, info: info, measure: measure)
      }
    }
  }

  private let store: AudioStore
  private let limit: Int
  private let arrival: Mutex<Arrival?>

  fileprivate init(store: AudioStore, limit: Int, file: consuming DurableFile) {
    self.store = store
    self.limit = limit
    arrival = Mutex(Arrival(file: file))
  }

  /// Appends bytes.
  ///
  /// - Throws: `AudioFault.tooLong` instead of writing beyond the limit, `FileError`. After an error the file
  ///   is gone and all further calls fail.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    try arrival.withLock { slot in
      guard var arrival = slot.take() else { throw Self.closed }
      guard bytes.count <= limit - arrival.count else { throw AudioFault.tooLong(limit: limit) }
      try arrival.file.write(bytes)
      arrival.checksum.update(bytes)
      arrival.count += bytes.count
      slot = consume arrival
    }
  }

  /// Checks the received bytes and stores them; file and name are durable on return.
  ///
  /// Up to three sources tell how many bytes to expect: the transfer, `length`, and the header of a WAV file.
  /// If the transfer was complete, either of the other two may be wrong: the header if its writer could not
  /// seek back to it, `length` by mistake. If both say so, the file is cut off. If the transfer does not tell,
  /// a header that fits exactly outweighs `length`.
  ///
  /// - Parameters:
  ///   - length: the size according to fal's result; nil if it does not say.
  ///   - isWhole: whether the transfer declared its length and was complete.
  ///   - keepsUseless: whether to store unusable audio too, and then throw `UselessAudio`.
  /// - Throws: `AudioFault` if the bytes are incomplete or not valid audio, `FileError`. The temporary file is
  ///   gone then. After a `FileError` the whole object may be stored nevertheless; nothing refers to it, and
  ///   receiving it again is correct.
  package func finish(
    expecting length: Int? = nil, isWhole: Bool = false, keepsUseless: Bool = false
  ) throws -> ReceivedAudio {
    guard var arrival = arrival.withLock({ $0.take() }) else { throw Self.closed }
    let digest = arrival.checksum.digest
    do {
      let received = try arrival.check(as: digest, expecting: length, isWhole: isWhole)
      try store.place(&arrival.file, as: digest)
      return received
    } catch let fault as AudioFault where keepsUseless && fault.isOfFile {
      try store.place(&arrival.file, as: digest)
      throw UselessAudio(fault: fault, digest: digest, path: store.path(of: digest))
    }
  }

  /// Removes the file; does nothing after `finish` or an error.
  package func discard() {
    _ = arrival.withLock { $0.take() }
  }

  private static let closed = FileError("write to", "a finished download", code: EBADF)
}

extension AudioStore {
  /// Creates a temporary file for audio of at most `limit` bytes.
  ///
  /// - Parameter name: part of the temporary name, to show people what it belongs to.
  package func receive(name: String, limit: Int) throws(FileError) -> Incoming {
    let temporaries = try folder("tmp")
    let prefix = name.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    let file = try DurableFile(in: temporaries, prefix: "\(String(prefix)).", mode: 0o600)
    return Incoming(store: self, limit: limit, file: file)
  }

  /// Stores a complete file, unless the store already has the same bytes; durable on return.
  func place(_ file: inout DurableFile, as digest: Digest) throws {
    let shard = try shard(of: digest)
    let name = fileName(of: digest)
    if try file.place(as: name, in: shard, mode: Self.objectMode) { return }
    // The lock keeps `remove` from deleting the object before it is touched.
    try shard.withLock {
      switch try verify(digest) {
      case .sound:
        // A new modification time protects the object from `remove`. If it belongs to another user, our own
        // file replaces it. Synced, since another process may have stored it without syncing yet.
        do throws(FileError) {
          try shard.touch(name)
          try shard.sync()
        } catch {
          guard error.isNotPermitted else { throw error }
          try file.replace(name, in: shard, mode: Self.objectMode)
        }
      case .damaged:
        try quarantine(digest)
        try file.replace(name, in: shard, mode: Self.objectMode)
      case .absent:
        try file.replace(name, in: shard, mode: Self.objectMode)
      }
    }
  }
}
