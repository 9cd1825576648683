/// A guard in the sources, how to remove it, and the test that must then fail.
struct Guard: Sendable {
  let name: String
  let file: String
  /// The source text of the guard, and the text that replaces it.
  let text: String
  let without: String
  let proof: Proof

  /// A test that passes with the guard and must fail without it.
  enum Proof: Sendable, Hashable {
    /// `swift test` with this filter.
    case tests(String)
    /// `campaign` with these arguments.
    case campaign(String)
  }

  static let all = [
    Guard(
      name: "the audio is synced before it gets its name",
      file: "Sources/CSMFiles/POSIX/DurableFile.swift",
      text: "      try descriptor.sync()\n", without: "",
      proof: .campaign("power-cuts --cuts 9 --seed 1")),
    Guard(
      name: "the folder is synced before anything refers to the name",
      file: "Sources/CSMFiles/POSIX/DurableFile.swift",
      text: "replacing: false) else { return false }\n    try folder.sync()\n",
      without: "replacing: false) else { return false }\n",
      proof: .campaign("call-order --short")),
    Guard(
      name: "a commit is on the disk when it returns",
      file: "Sources/CSMSQLite/JobTable.swift",
      text: "PRAGMA synchronous = FULL", without: "PRAGMA synchronous = NORMAL",
      proof: .campaign("power-cuts --cuts 9 --seed 1")),
    Guard(
      name: "the intent is durable before the POST",
      file: "Sources/CSMDaemon/Loop/Round.swift",
      text: """
            try save(at: now)
            try hearAgain(at: now)
            return dispatcher.dueActions(at: now)
        """,
      without: """
            let actions = dispatcher.dueActions(at: now)
            if actions.isEmpty { try save(at: now) }
            return actions
        """,
      proof: .campaign("call-order --short")),
    Guard(
      name: "the mark is made before the POST",
      file: "Sources/CSMDaemon/Loop/Perform.swift",
      text: "try marks?.make(mark)", without: "if mark.job < 0 { try marks?.make(mark) }",
      proof: .tests("CrashTests")),
    Guard(
      name: "a transition takes effect in its own generation only",
      file: "Sources/CSMSQLite/Daemon/JobTable+Commit.swift",
      text: "WHERE id = :id AND state = :was AND generation = :generation_was",
      without: "WHERE id = :id AND state = :was AND :generation_was IS NOT NULL",
      proof: .tests("CommitTests")),
    Guard(
      name: "a line shows a new take when that is stored",
      file: "Sources/CSMSQLite/Daemon/JobTable+Commit.swift",
      text: "      try ShownTake.follow(job.id, &hearings, db)\n", without: "",
      proof: .tests("TakeTests|SimulationTests")),
    Guard(
      name: "no two submits own one request id",
      file: "Sources/CSMSQLite/Daemon/JobTable+Commit.swift",
      text: "WHERE request_id = :request_id AND (job_id <> :id OR",
      without: "WHERE 0 AND request_id = :request_id AND (job_id <> :id OR",
      proof: .tests("CommitTests")),
    Guard(
      name: "a file in the store is never replaced",
      file: "Sources/CSMFiles/POSIX/DurableFile.swift",
      text: "folder.number, target, rename_noreplace) == 0",
      without: "folder.number, target, 0) == 0",
      proof: .tests("StoreFaultTests|AudioStoreTests")),
    Guard(
      name: "a download ends at its limit",
      file: "Sources/CSMFiles/Store/Incoming.swift",
      text: "guard bytes.count <= limit - arrival.count else",
      without: "guard bytes.count <= limit else",
      proof: .tests("AudioStoreTests")),
    Guard(
      name: "audio comes from the allowed hosts only",
      file: "Sources/CSMFal/Addresses/AudioURL.swift",
      text: "url.isSecure && allowed.contains { isUnder($0, url.authority) } ? .publicOnly",
      without: "url.isSecure || allowed.contains { isUnder($0, url.authority) } ? .publicOnly",
      proof: .tests("HostileURLTests")),
    Guard(
      name: "the key goes to the configured host only",
      file: "Sources/CSMFal/Addresses/RequestURL.swift",
      text: "guard url.hasPrefix(begin), url.utf8.count <= 1024,",
      without: "guard url.hasPrefix(\"http\"), url.utf8.count <= 1024,",
      proof: .tests("HostileURLTests")),
    Guard(
      name: "libcurl sends a POST once",
      file: "Sources/CSMFal/Curl/CurlTransport+Transfer.swift",
      text: "guard sendings == 0 || request.method == .get else {",
      without: "guard sendings == 0 || sendings > 0 else {",
      proof: .tests("SendOnceTests")),
    Guard(
      name: "all programs write under one lock",
      file: "Sources/CSMSQLite/JobTable.swift",
      text: "try translated { try writeLock.withLock { try queue.write(body) } }",
      without: "try translated { try queue.write(body) }",
      proof: .tests("SharingTests")),
    Guard(
      name: "files that a dead process left in tmp are removed",
      file: "Sources/CSMFiles/Store/AudioStore.swift",
      text: "for name in leftovers { try temporaries.remove(name) }", without: "",
      proof: .tests("CrashTests")),
    Guard(
      name: "one daemon works in a state directory",
      file: "Sources/csmd/DaemonRun.swift",
      text: "_ = try ProcessLock(path: state.lock)", without: "_ = state.lock",
      proof: .tests("StartTests")),
    Guard(
      name: "csmd waits while the disk is full",
      file: "Sources/CSMDaemon/Loop/TransientRetry.swift",
      text: "isFull(error) || isHeld(error)", without: "isHeld(error)",
      proof: .tests("WaitingTests")),
    Guard(
      name: "no link in the store is followed",
      file: "Sources/CSMFiles/POSIX/Directory.swift",
      text: "path: parent.path(of: name), flags: O_NOFOLLOW)",
      without: "path: parent.path(of: name), flags: 0)",
      proof: .tests("TrespassTests")),
    Guard(
      name: "a new file of marks holds every submit that is out",
      file: "Sources/CSMFiles/State/SentMarks.swift",
      text: "for mark in marks { try files.next?.append(mark) }", without: "_ = marks",
      proof: .tests("SentMarksTests")),
    Guard(
      name: "^Z does not stop a program that holds the write lock",
      file: "Sources/CSMFiles/POSIX/StopSignals.swift",
      text: "pthread_sigmask(SIG_BLOCK, &stops, &before)",
      without: "pthread_sigmask(SIG_UNBLOCK, &stops, &before)",
      proof: .tests("WaitingTests")),
  ]
}
