import CSMCore
import Glibc
import Synchronization

/// A file that has been received whole, judged and put in its place.
package struct ReceivedAudio: Hashable, Sendable {
  /// The SHA-256 of its bytes.
  package let digest: Digest
  /// Its length in bytes, at least 1.
  package let bytes: Int
  /// What its own bytes say about it.
  package let info: AudioInfo
  /// What its samples show; nil where they cannot be read.
  package let measure: AudioMeasure?
}

extension StoredAudio {
  /// What the table keeps of it.
  package init(_ received: ReceivedAudio) {
    self.init(
      digest: received.digest, bytes: received.bytes,
      mediaType: "audio/\(received.info.container)",
      durationMilliseconds: received.info.durationMilliseconds, measure: received.measure)
  }
}

/// Audio on its way into the store, hashed and counted while it is written.
///
/// It may be handed from thread to thread. Whatever is not finished leaves no file behind.
package final class Incoming: Sendable {
  private struct Arrival: ~Copyable {
    var file: DurableFile
    var checksum = Checksum()
    var count = 0

    func judge(
      as digest: Digest, expecting length: Int?, isWhole: Bool
    ) throws -> ReceivedAudio {
      let count = count
      let isAsLong = length.map { $0 == count }
      if let length, isAsLong == false, !isWhole {
        throw AudioFault.wrongLength(expected: length, received: count)
      }
      return try file.inspect { file in
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

  /// Appends the bytes.
  ///
  /// After an error the file is gone and all further calls fail. Throws `AudioFault.tooLong` before it writes beyond the limit, and `FileError`.
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

  /// Judges what has come and puts it in its place; file and name are durable on return.
  ///
  /// How many bytes there should be is said by up to three witnesses: the transfer, `length`, and the header
  /// of a WAV file. Any of the last two may be wrong where the transfer was whole: a header by a writer that
  /// cannot go back to it, a length by whoever wrote it down. Both together say that it is cut off.
  ///
  /// After an error the temporary file is gone. Throws `AudioFault` for bytes that are not whole or not sound
  /// audio, and `FileError`. After a `FileError` the object may be in place all the same, whole;
  /// it is then an orphan, and receiving it again is right.
  ///
  /// - Parameters:
  ///   - length: how long the result says that it is, where it does.
  ///   - isWhole: whether the transfer said how long it is, and was as long.
  ///   - keepsUseless: what is no sound audio is put in its place, too, and `UselessAudio` thrown.
  package func finish(
    expecting length: Int? = nil, isWhole: Bool = false, keepsUseless: Bool = false
  ) throws -> ReceivedAudio {
    guard var arrival = arrival.withLock({ $0.take() }) else { throw Self.closed }
    let digest = arrival.checksum.digest
    do {
      let received = try arrival.judge(as: digest, expecting: length, isWhole: isWhole)
      try store.place(&arrival.file, as: digest)
      return received
    } catch let fault as AudioFault where keepsUseless && fault.isOfFile {
      try store.place(&arrival.file, as: digest)
      throw UselessAudio(fault: fault, digest: digest, path: store.path(of: digest))
    }
  }

  /// Gives up and removes what has come; does nothing after `finish` or an error.
  package func discard() {
    _ = arrival.withLock { $0.take() }
  }

  private static let closed = FileError("write", "a download that has ended", code: EBADF)
}

extension AudioStore {
  /// Opens a temporary file for audio of at most `limit` bytes.
  ///
  /// The name shows up in `tmp` only, for people to see what it belongs to.
  package func receive(name: String, limit: Int) throws(FileError) -> Incoming {
    let temporaries = try folder("tmp")
    let prefix = name.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    let file = try DurableFile(in: temporaries, prefix: "\(String(prefix)).", mode: 0o600)
    return Incoming(store: self, limit: limit, file: file)
  }

  /// Puts a whole file in its place, unless the same bytes are there already.
  func place(_ file: inout DurableFile, as digest: Digest) throws {
    let shard = try shard(of: digest)
    let name = fileName(of: digest)
    if try file.place(as: name, in: shard, mode: Self.objectMode) { return }
    // Between the look and the touch nobody may sweep it.
    try shard.withLock {
      switch try verify(digest) {
      case .sound:
        // A fresh time protects it from a sweep of what nothing refers to; where the file is another
        // user's, a file of our own with the same bytes has one. The name may be another writer's and
        // not durable yet.
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
