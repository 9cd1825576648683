extension Dispatcher {
  /// Audio that is missing or wrong is given up after this many looks, within about five minutes, if other
  /// audio is stored meanwhile.
  static let damagedMax = 11
  /// A download that keeps failing is given up after this long: four fifths of the seven days for which fal
  /// keeps a file at least.
  static let downloadGrace: Duration = .seconds(7 * 86_400 * 4 / 5)
  /// The same, if the audio of others arrived meanwhile or shortly before.
  static let loneDownloadGrace: Duration = .seconds(12 * 3600)

  /// Takes note of how a download went.
  mutating func settle(_ entry: ActiveJob, _ outcome: FetchOutcome, at now: Timestamp) {
    guard case .completed(let ticket, let result) = entry.job.state else { return }
    switch outcome {
    case .stored(let audio): apply(entry.job.stored(audio), at: now)
    case .refused(let problem): unusable(entry.job, ticket, result, problem, at: now)
    case .damaged(let problem, let digest):
      let isShared = digest.map { results.downloaded($0, of: entry.job.id) } ?? false
      let isSame = digest != nil && digest == entry.fetching?.lastDigest && !isShared
      let backoff = digest == nil ? Backoff.download : .whole
      let run = putOff(entry, .damaged, problem, backoff: backoff, at: now)
      active[entry.job.id]?.fetching?.lastDigest = digest
      let isBelieved =
        run.count >= Self.damagedMax && isOfOne(run, ifOthersSince: lastStored, at: now)
      if isSame || isBelieved {
        unusable(entry.job, ticket, result, problem, at: now)
      }
    case .later(let problem, let retryAfter):
      tryLater(entry, .passing, problem, ticket, result, after: retryAfter, at: now)
    case .slow(let problem):
      downloadPlaces = DownloadPlaces()
      tryLater(entry, .slow, problem, ticket, result, at: now)
    case .diskFull(let problem):
      closeGate(.disk, problem.message, at: now)
      results.settled(entry.job.id)
      active[entry.job.id]?.failures = nil
      active[entry.job.id]?.at = now
    }
    checkDownloadDelay(entry.job.id, at: now)
  }

  private mutating func tryLater(
    _ entry: ActiveJob, _ kind: Failures.Kind, _ problem: Problem, _ ticket: Ticket,
    _ result: String?, after: Duration? = nil, at now: Timestamp
  ) {
    let run = putOff(entry, kind, problem, after: after, backoff: .download, at: now)
    let isLone = lastStored.map { $0 > run.since - .seconds(3600) } ?? false
    let grace = isLone ? Self.loneDownloadGrace : Self.downloadGrace
    if now.since(run.since) >= grace { unusable(entry.job, ticket, result, problem, at: now) }
  }

  private mutating func unusable(
    _ job: Job, _ ticket: Ticket, _ result: String?, _ problem: Problem, at now: Timestamp
  ) {
    noteUseless(job.id, problem, at: now)
    apply(job.unusable(ticket, result: result, problem), at: now)
  }
}
