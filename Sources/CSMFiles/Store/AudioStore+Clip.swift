import CSMCore

extension AudioStore {
  /// Adds a clip to the store, creating the store if necessary; file and name are durable on return.
  ///
  /// If the daemon starts meanwhile, it removes all files in `tmp`; the clip is then written again.
  ///
  /// - Throws: `AudioFault`, `FileError`.
  package func put(clip bytes: [UInt8]) throws -> StoredAudio {
    try makeFolders()
    do {
      return try write(clip: bytes)
    } catch let error as FileError where error.isMissing {
      return try write(clip: bytes)
    }
  }

  private func write(clip bytes: [UInt8]) throws -> StoredAudio {
    let incoming = try receive(name: "clip", limit: bytes.count)
    defer { incoming.discard() }
    try bytes.withUnsafeBytes(incoming.write)
    return StoredAudio(try incoming.finish(expecting: bytes.count))
  }
}
