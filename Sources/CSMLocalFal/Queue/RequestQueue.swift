import DequeModule
import Foundation
import HeapModule

/// The queue and its runners, as a value that advances when given the time.
///
/// Nothing happens between calls: `advance` processes the events since the last one, each at its
/// own time. So there are no timers, and the same seed and calls have the same outcome. `now` is
/// the only clock; a step back is ignored.
struct RequestQueue: Sendable {
  let runners: Int
  /// All requests in the order they were accepted.
  private(set) var jobs: [Job] = []
  /// Indices into `jobs`, in the order they ended.
  private(set) var ended: [Int] = []
  private(set) var waitingCount = 0
  private(set) var runningCount = 0
  /// The highest `runningCount` so far.
  private(set) var runningPeak = 0
  /// The characters of all successful requests.
  private(set) var billedCharacters = 0

  private var places: [UUID: Int] = [:]
  private var waiting: Deque<Int> = []
  private var events = Heap<Event>()
  private var nextTicket = 0
  /// The next request's number; includes requests that are not accepted yet.
  private var numbered = 0
  private var clock = Date.distantPast

  init(runners: Int) {
    self.runners = runners
  }

  /// A new number, from 0, for a request that is about to be accepted.
  mutating func takeNumber() -> Int {
    defer { numbered += 1 }
    return numbered
  }

  /// The request `id` of `app`; nil if it does not exist or is lost.
  subscript(id: UUID, app: String) -> Job? {
    guard let place = places[id], jobs[place].app == app, !jobs[place].isLost else { return nil }
    return jobs[place]
  }

  /// The request `id`, lost or not.
  subscript(id: UUID) -> Job? { places[id].map { jobs[$0] } }

  /// Adds `job` to the queue; it starts at once if a runner is free.
  mutating func accept(_ job: Job, now: Date) {
    advance(to: now)
    let place = jobs.count
    jobs.append(job)
    places[job.id] = place
    markWaiting(place)
    waiting.append(place)
    if let deadline = job.startDeadline { events.insert(Event(at: deadline, .mustStart, place)) }
    startWaiting(at: clock)
  }

  /// Adds a request that an earlier run accepted, as one that has ended.
  mutating func restore(_ job: Job) {
    numbered += 1
    var job = job
    job.startedAt = job.sentAt
    job.endedAt = job.sentAt.addingTimeInterval(job.serviceTime)
    job.phase = .ended(.finished)
    places[job.id] = jobs.count
    ended.append(jobs.count)
    jobs.append(job)
  }

  /// Processes all events up to `now`.
  mutating func advance(to now: Date) {
    while let event = events.min, event.time <= now {
      events.removeMin()
      clock = max(clock, event.time)
      play(event)
      startWaiting(at: clock)
    }
    clock = max(clock, now)
  }

  /// The number of requests that wait before `job`.
  func position(of job: Job) -> Int {
    guard let head = waiting.first else { return 0 }
    return max(0, job.ticket - jobs[head].ticket)
  }

  /// Counts a status call.
  mutating func countPoll(of id: UUID) {
    guard let place = places[id] else { return }
    jobs[place].polls += 1
  }

  /// The outcome of a cancel.
  enum Cancellation { case removed, requested, alreadyCompleted, notFound }

  /// Removes a waiting request, or stops a running one unless its fault prevents that.
  mutating func cancel(_ id: UUID, app: String, now: Date) -> Cancellation {
    advance(to: now)
    guard let place = places[id], let job = self[id, app] else { return .notFound }
    switch job.phase {
    case .ended: return .alreadyCompleted
    case .waiting:
      end(place, .cancelled)
      return .removed
    case .running:
      if job.fault != .uncancellable {
        end(place, .cancelled)
        startWaiting(at: clock)
      }
      return .requested
    }
  }

  private mutating func play(_ event: Event) {
    switch (event.kind, jobs[event.place].phase) {
    case (.finishes, .running): end(event.place, .finished)
    case (.mustStart, .waiting): end(event.place, .startTimeout)
    case (.fallsBack, .running):
      jobs[event.place].hasFallenBack = true
      runningCount -= 1
      markWaiting(event.place)
      let pause = jobs[event.place].serviceTime / 2
      events.insert(Event(at: event.time.addingTimeInterval(pause), .mayStart, event.place))
    case (.mayStart, .waiting): waiting.append(event.place)
    default: break  // It was cancelled, or started in time.
    }
  }

  private mutating func markWaiting(_ place: Int) {
    jobs[place].phase = .waiting
    jobs[place].startedAt = nil
    jobs[place].ticket = nextTicket
    nextTicket += 1
    waitingCount += 1
  }

  private mutating func startWaiting(at time: Date) {
    while let place = waiting.first {
      guard case .waiting = jobs[place].phase else {
        waiting.removeFirst()
        continue
      }
      guard runningCount < runners else { return }
      waiting.removeFirst()
      start(place, at: time)
    }
  }

  private mutating func start(_ place: Int, at time: Date) {
    let job = jobs[place]
    jobs[place].phase = .running
    jobs[place].startedAt = time
    waitingCount -= 1
    runningCount += 1
    runningPeak = max(runningPeak, runningCount)
    if job.fault == .stuck { return }
    if job.fault == .fallsBack, !job.hasFallenBack {
      events.insert(Event(at: time.addingTimeInterval(job.serviceTime / 2), .fallsBack, place))
    } else {
      events.insert(Event(at: time.addingTimeInterval(job.serviceTime), .finishes, place))
    }
  }

  private mutating func end(_ place: Int, _ ending: Job.Ending) {
    if case .running = jobs[place].phase { runningCount -= 1 } else { waitingCount -= 1 }
    jobs[place].phase = .ended(ending)
    jobs[place].endedAt = clock
    ended.append(place)
    if jobs[place].statusCode == 200 { billedCharacters += jobs[place].characters ?? 0 }
  }
}

/// A scheduled event of the job at index `place`.
private struct Event: Comparable, Sendable {
  enum Kind { case finishes, fallsBack, mayStart, mustStart }

  let time: Date
  let kind: Kind
  let place: Int

  init(at time: Date, _ kind: Kind, _ place: Int) {
    self.time = time
    self.kind = kind
    self.place = place
  }

  static func < (one: Event, other: Event) -> Bool {
    (one.time, one.place) < (other.time, other.place)
  }
}
