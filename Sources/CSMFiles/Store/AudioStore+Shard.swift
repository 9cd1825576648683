import CSMCore
import Glibc

// Listing and cleaning the store, one of its 256 shards at a time.

extension AudioStore {
  /// A file, or anything else, in a shard's folder.
  package struct ShardEntry: Sendable {
    /// The object's digest; nil if the name is not a digest.
    package let digest: Digest?
    package let path: String
    package let isRegular: Bool
    package let bytes: Int
    /// Whether nobody has permission to write to it.
    package let isReadOnly: Bool
    /// When it was stored, or last stored again.
    package let modifiedAt: Timestamp
  }

  /// Whether the store exists; the daemon creates it on its first start.
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

  /// Moves an object to quarantine if it is still damaged; durable on return.
  ///
  /// The file is moved first and checked afterwards, since a sound one may have replaced it meanwhile.
  ///
  /// - Returns: the new path; nil if the object is sound or gone.
  package func quarantine(ifDamaged digest: Digest) throws -> String? {
    let shard = try shard(of: digest)
    guard try shard.status(of: fileName(of: digest)) != nil else { return nil }
    let moved = try quarantine(digest)
    let folder = try folder("quarantine")
    let name = moved.split(separator: "/").last.map(String.init) ?? moved
    let condition = try Self.condition(of: try folder.entry(name), expecting: digest)
    guard case .sound = condition else { return moved }
    if try !folder.rename(name, to: fileName(of: digest), in: shard) {
      // It was stored again meanwhile.
      try folder.remove(name)
    }
    try shard.sync()
    return nil
  }

  /// Removes an object that nothing refers to and nobody has stored since `limit`.
  ///
  /// A concurrent store of the same bytes happens either before, and touches the file, which then stays, or
  /// after, and creates it again: both happen under the folder's lock.
  ///
  /// - Parameter isNamed: whether anything refers to it; called under the lock.
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

  package func removeQuarantined(_ entry: ShardEntry) throws {
    let folder = try folder("quarantine")
    try folder.remove(String(entry.path.split(separator: "/").last ?? ""))
  }
}

extension Timestamp {
  /// A time as the system's calls tell it.
  package init(_ time: timespec) {
    self.init(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
