import CSMCore
import Glibc

// What lies in the store, one of its 256 shards at a time, for those who look after it.

extension AudioStore {
  /// Something in a shard's folder.
  package struct ShardEntry: Sendable {
    /// The object's digest; nil where the name is none.
    package let digest: Digest?
    package let path: String
    package let isRegular: Bool
    package let bytes: Int
    /// Nobody may write to it, whoever it is.
    package let isReadOnly: Bool
    /// When it came, or was last stored again.
    package let modifiedAt: Timestamp
  }

  /// Whether there is a store yet: the daemon makes it at its first start.
  package func isThere() throws(FileError) -> Bool { try has("objects") }

  private func has(_ name: String) throws(FileError) -> Bool {
    do throws(FileError) {
      _ = try folder(name)
      return true
    } catch {
      guard error.isMissing else { throw error }
      return false
    }
  }

  /// Everything in a shard's folder.
  package func entries(shard: UInt8) throws -> [ShardEntry] {
    let prefix = hexadecimal(shard)
    let folder = try folder("objects", prefix)
    return try folder.names().compactMap { name in
      try folder.status(of: name).map { status in
        ShardEntry(
          digest: Digest(hex: prefix + name), path: folder.path(of: name),
          isRegular: status.st_mode & S_IFMT == S_IFREG, bytes: Int(status.st_size),
          isReadOnly: status.st_mode & 0o222 == 0, modifiedAt: Timestamp(status.st_mtim))
      }
    }
  }

  /// Takes a damaged object out of the way, if it still is damaged; durable on return.
  ///
  /// It is moved first and looked at then, so that what has been stored in its place meanwhile is not
  /// what is taken away. Returns the new path; nil where it turned out sound, or is gone.
  package func quarantine(ifDamaged digest: Digest) throws -> String? {
    let shard = try shard(of: digest)
    guard try shard.status(of: fileName(of: digest)) != nil else { return nil }
    let moved = try quarantine(digest)
    let folder = try folder("quarantine")
    let name = moved.split(separator: "/").last.map(String.init) ?? moved
    guard try isFile(name, in: folder, of: digest) else { return moved }
    if try !folder.rename(name, to: fileName(of: digest), in: shard) {
      // It was stored once more: one is enough.
      try folder.remove(name)
    }
    try shard.sync()
    return nil
  }

  private func isFile(_ name: String, in folder: Directory, of digest: Digest) throws -> Bool {
    switch try folder.entry(name) {
    case .nothing: return false
    case .other: return false
    case .file(let file):
      do {
        return try file.digest() == digest
      } catch let error as FileError where error.code == EIO {
        return false
      }
    }
  }

  /// Removes an object that nothing names and nobody has stored since `limit`.
  ///
  /// Whoever stores the same bytes at this moment either comes first and touches the file, which then
  /// stays, or comes later and puts its own file there: both happen under the folder's lock.
  ///
  /// - Parameter isNamed: asked under the lock.
  /// - Returns: whether it was removed.
  package func remove(
    _ digest: Digest, unstoredSince limit: Timestamp, unless isNamed: () throws -> Bool
  ) throws -> Bool {
    let shard = try shard(of: digest)
    let name = fileName(of: digest)
    return try shard.withLock {
      guard let status = try shard.status(of: name), Timestamp(status.st_mtim) < limit,
        try !isNamed()
      else { return false }
      try shard.remove(name)
      return true
    }
  }

  /// The files in `quarantine`, with what `lstat(2)` tells of each.
  package func quarantined() throws -> [ShardEntry] {
    guard try has("quarantine") else { return [] }
    let folder = try folder("quarantine")
    return try folder.names().compactMap { name in
      try folder.status(of: name).map { status in
        ShardEntry(
          digest: nil, path: folder.path(of: name),
          isRegular: status.st_mode & S_IFMT == S_IFREG, bytes: Int(status.st_size),
          isReadOnly: true, modifiedAt: Timestamp(status.st_ctim))
      }
    }
  }

  /// Removes a file of `quarantine`.
  package func removeQuarantined(_ entry: ShardEntry) throws {
    let folder = try folder("quarantine")
    try folder.remove(String(entry.path.split(separator: "/").last ?? ""))
  }
}

extension Timestamp {
  fileprivate init(_ time: timespec) {
    self.init(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
