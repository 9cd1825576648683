import CSMCore
import CSMFiles
import Foundation
import GRDB

extension Invariants {
  /// Checks that the object of each STORED job exists and hashes to its name, and that fal made it from
  /// this job's words.
  func objects(_ db: Database, _ jobs: [CheckedJob]) throws -> [String] {
    let store = AudioStore(root: storeRoot)
    let sizes = try Row.fetchAll(db, sql: "SELECT hex(digest) AS digest, bytes FROM object")
      .reduce(into: [:]) { $0[($1["digest"] as String).lowercased()] = $1["bytes"] as Int }
    let entries = Dictionary(ledger.map { ($0.requestID, $0) }) { first, _ in first }
    return try jobs.filter { $0.state == .stored }.flatMap { job -> [String] in
      guard let digest = job.digest else { return ["job \(job.id) is stored nowhere"] }
      let condition = try store.verify(digest)
      guard case .sound(let bytes) = condition else {
        return ["the audio of job \(job.id) is \(condition)"]
      }
      guard bytes == sizes[digest.hex] else { return ["the audio of job \(job.id) has grown"] }
      guard let entry = job.requestID.flatMap({ entries[$0] }) else {
        return ["job \(job.id) is stored under a request that nobody accepted"]
      }
      let isRight = entry.input == job.input && entry.audio.map { $0 == digest } ?? true
      return isRight ? [] : ["job \(job.id) holds the audio of other words: \(entry.requestID)"]
    }
  }

  /// Finds files that were only half received, and files that do not belong in the state directory.
  func leftovers() throws -> [String] {
    let known: Set = [
      "csm.db", "csm.db-wal", "csm.db-shm", "csm.gate", "csmd.lock", "csmd.sock", "csm.life",
      "csm.reserve",
      "objects",
      "tmp", "quarantine",
    ]
    let files = FileManager.default
    let strange = try files.contentsOfDirectory(atPath: storeRoot).filter { !known.contains($0) }
    // The folder does not exist before the daemon's first start.
    let temporaries = "\(storeRoot)/tmp"
    let half =
      files.fileExists(atPath: temporaries)
      ? try files.contentsOfDirectory(atPath: temporaries) : []
    return (strange + half).map { "\($0) is left over" }
  }

  /// Finds the key in files of the state directory and in `otherFiles`.
  func secrets() throws -> [String] {
    let needle = [UInt8](key.utf8)
    let own = ["csm.db", "csm.db-wal", "csm.db-shm", "csm.gate", "csmd.lock"]
    return try (own.map { "\(storeRoot)/\($0)" } + otherFiles).compactMap { path -> String? in
      guard FileManager.default.fileExists(atPath: path) else { return nil }
      let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
      return data.withUnsafeBytes { $0.holds(needle) } ? "the key is in \(path)" : nil
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether these bytes contain others; uses the C library, because the files are large.
  fileprivate func holds(_ needle: [UInt8]) -> Bool {
    guard let first = needle.first else { return true }
    var rest = self[...]
    while rest.count >= needle.count, let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress,
      let found = memchr(base, Int32(first), rest.count - needle.count + 1)
    {
      if memcmp(found, needle, needle.count) == 0 { return true }
      rest = rest.dropFirst(base.distance(to: UnsafeRawPointer(found)) + 1)
    }
    return false
  }
}
