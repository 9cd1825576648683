import CSMCore
import CSMFiles
import CSMSQLite

extension Round {
  /// Recovers what an earlier run left, durably, and opens the file for the sent marks of this run;
  /// must be called first.
  ///
  /// The order matters: if the new marks existed before the earlier run's intents are settled, they
  /// would imply after another crash that those POSTs were never sent.
  ///
  ///     commit        settle the earlier intents
  ///     open, O_EXCL  the file for the marks of this run
  ///     commit        the table names this run
  ///     unlink        the files of other runs; a table that names one of them is now an old one
  ///
  /// If the table is not the one csmd last used, it may lack requests that were sent: the gate
  /// `paused` closes, and fal's listing is searched for them before anything is sent.
  ///
  /// - Parameter folder: the state directory.
  /// - Returns: nil if marks cannot be kept, so that every intent without an answer is uncertain.
  package mutating func recover(
    marksIn place: SentMarksPlace, in folder: String, at now: Timestamp
  ) throws -> SentMarks? {
    try table.forgetFuture(beyond: dispatcher.longestWait, at: now)
    try table.recountBudgets()
    try table.lookForUnreadable()
    let last = try table.life()
    let provenance = try TableProvenance(of: table, last, in: folder, marksIn: place)
    if let doubt = provenance.doubt {
      let since = try table.lastStep().at ?? now
      let reason = TableProvenance.reason(doubt, since: since)
      try table.suspend(because: reason, since: since, at: now)
      log.paused(because: reason)
    }
    if let since = try table.adoptSince() { dispatcher.take(.mayNotKnow(since: since), at: now) }
    // Marks and gates of another table say nothing about this one.
    try settle(
      provenance.doubt == nil ? provenance.marks : nil, tellsGates: provenance.doubt == nil, at: now
    )
    let life = JobTable.Life(token: Int64.random(in: .min ... .max), place: provenance.place)
    self.folder = folder
    do throws(FileError) {
      marks = try place.begin(life: life.token)
    } catch {
      // Space may become free; with any other fault, go on without marks.
      guard !error.isOutOfSpace else { throw error }
      log.unmarked(error)
    }
    try begin(life.token, after: last?.token) { try table.begin(life) }
    place.removeAll(but: life.token)
    return marks
  }

  /// Makes the table name a new run, which the record beside it names before and after.
  ///
  /// The order matters, since the process may die at any moment.
  ///
  ///     record   names the old and the new run
  ///     commit   the table names the new run
  ///     record   names only the new run; a table that names any other is not the latest
  private func begin(_ life: Int64, after last: Int64?, commit: () throws -> Void) throws {
    let step = try table.lastStep().number
    if let last { try LifeRecord(lives: [last, life], step: step).write(in: folder) }
    try commit()
    try LifeRecord(lives: [life], step: step).write(in: folder)
  }

  /// - Parameters:
  ///   - marks: the submits that had begun to leave; nil if unknown.
  ///   - tellsGates: whether the closed gates are yet to be logged.
  private mutating func settle(
    _ marks: Set<SentMarks.Mark>?, tellsGates: Bool, at now: Timestamp
  ) throws {
    let jobs = try table.activeJobs()
    let unsent = jobs.filter { job in
      guard let marks else { return false }
      return !marks.contains(SentMarks.Mark(job: job.id, generation: Int64(job.generation)))
    }
    try look(tellsGates: tellsGates, at: now)
    try holdUnreadable(at: now)
    dispatcher.take(.recovered(jobs, unsent: Set(unsent.map(\.id))), at: now)
    try save(at: now)
  }

  /// Starts a new file of marks if there are many; no intent is made meanwhile.
  func renewMarks() throws {
    guard let marks, marks.areMany else { return }
    do {
      try marks.renew(
        out: {
          try table.intents().map { SentMarks.Mark(job: $0, generation: Int64($1)) }
        },
        begin: { life in
          try begin(life, after: try table.life()?.token) { try table.begin(life: life) }
        })
    } catch is FileError {
      // The old file can still grow; the next round tries again.
    }
  }
}
