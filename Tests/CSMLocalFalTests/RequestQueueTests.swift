import Foundation
import Testing

@testable import CSMLocalFal

@Suite("The queue and its runners")
struct RequestQueueTests {
  private let start = Date(timeIntervalSince1970: 1_000_000)

  private func job(
    _ number: UInt8, takes seconds: Double = 10, fault: RunFault? = nil, deadline: Double? = nil
  ) -> Job {
    let id = UUID(uuid: (number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    return Job(
      id: id, app: "a/b", subpath: "", model: .csm, sentAt: start, serviceTime: seconds,
      startDeadline: deadline.map { start.addingTimeInterval($0) }, characters: 1, fault: fault,
      place: AppendOnlyFile.Place(offset: 0, length: 0))
  }

  /// A queue that accepted all of `jobs` at the start.
  private func queue(runners: Int, _ jobs: [Job]) -> RequestQueue {
    var queue = RequestQueue(runners: runners)
    for job in jobs { queue.accept(job, now: start) }
    return queue
  }

  /// The states after these seconds: a waiting job's position, `R` for running, `C` for completed, `-` for
  /// unknown.
  private func picture(_ queue: inout RequestQueue, at seconds: Double) -> String {
    queue.advance(to: start.addingTimeInterval(seconds))
    return queue.jobs.map { job in
      guard let job = queue[job.id, "a/b"] else { return "-" }
      return switch job.phase {
      case .waiting: "\(queue.position(of: job))"
      case .running: "R"
      case .ended: "C"
      }
    }.joined()
  }

  @Test("serve in order, with as many at once as there are runners")
  func order() {
    var queue = queue(runners: 2, (1...5).map { job($0) })
    #expect(picture(&queue, at: 0) == "RR012")
    #expect(picture(&queue, at: 9.9) == "RR012")
    #expect(picture(&queue, at: 10) == "CCRR0")
    #expect(picture(&queue, at: 20) == "CCCCR")
    #expect(picture(&queue, at: 30) == "CCCCC")
    #expect(queue.runningPeak == 2)
  }

  @Test("have the same times however rarely they are advanced")
  func laziness() {
    var watched = queue(runners: 3, (1...20).map { job($0, takes: Double($0)) })
    var unwatched = watched
    for step in 0...400 { watched.advance(to: start.addingTimeInterval(Double(step) / 2)) }
    unwatched.advance(to: start.addingTimeInterval(200))
    #expect(watched.jobs.map(\.endedAt) == unwatched.jobs.map(\.endedAt))
    #expect(watched.jobs.allSatisfy { $0.ending != nil })
    #expect(watched.ended == unwatched.ended)
  }

  @Test("ignore a clock that steps back")
  func clock() {
    var queue = queue(runners: 1, [job(1), job(2)])
    #expect(picture(&queue, at: 10) == "CR")
    #expect(picture(&queue, at: 3) == "CR")
    #expect(picture(&queue, at: 20) == "CC")
  }

  @Test("cancel: a waiting job goes, a running one frees its runner, an ended one stays")
  func cancel() {
    var queue = queue(runners: 1, (1...3).map { job($0) } + [job(4, fault: .uncancellable)])
    let ids = queue.jobs.map(\.id)
    #expect(queue.cancel(ids[1], app: "a/b", now: start) == .removed)
    #expect(queue.cancel(ids[0], app: "a/b", now: start) == .requested)
    #expect(picture(&queue, at: 1) == "CCR0")
    #expect(queue.cancel(ids[0], app: "a/b", now: start) == .alreadyCompleted)
    #expect(queue.cancel(ids[0], app: "a/other", now: start) == .notFound)
    #expect(queue.cancel(UUID(), app: "a/b", now: start) == .notFound)
    #expect(picture(&queue, at: 10) == "CCCR")
    #expect(queue.cancel(ids[3], app: "a/b", now: start) == .requested)
    #expect(picture(&queue, at: 11) == "CCCR")
    #expect(picture(&queue, at: 20) == "CCCC")
    #expect(queue.jobs.map(\.statusCode) == [499, 499, 200, 200])
  }

  @Test("fail what has not started by its deadline")
  func startDeadline() {
    var queue = queue(runners: 1, [job(1), job(2, deadline: 5), job(3, deadline: 15)])
    #expect(picture(&queue, at: 4) == "R01")
    #expect(picture(&queue, at: 5) == "RC0")
    #expect(picture(&queue, at: 30) == "CCC")
    #expect(queue.jobs.map(\.statusCode) == [200, 504, 200])
  }

  @Test("fall back from running to waiting once, if planned")
  func fallingBack() {
    var queue = queue(runners: 1, [job(1, fault: .fallsBack), job(2, takes: 1)])
    #expect(picture(&queue, at: 4) == "R0")
    #expect(picture(&queue, at: 5.5) == "0R")
    #expect(picture(&queue, at: 9) == "0C")
    #expect(picture(&queue, at: 10) == "RC")
    #expect(picture(&queue, at: 20) == "CC")
  }

  @Test("keep stuck jobs, and forget lost ones when they should have ended")
  func stuckAndLost() {
    var queue = queue(runners: 2, [job(1, fault: .stuck), job(2, fault: .lost), job(3)])
    #expect(picture(&queue, at: 5) == "RR0")
    #expect(picture(&queue, at: 1000) == "R-C")
  }
}
