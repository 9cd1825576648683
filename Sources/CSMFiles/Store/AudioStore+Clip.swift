import CSMCore

extension AudioStore {
  /// Brings a clip into the store, made where it is missing; file and name are durable on return.
  ///
  /// The daemon may be running, or start meanwhile: then it removes what it finds in `tmp`, and the clip
  /// is written once more.
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
