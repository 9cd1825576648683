@testable import CSMCore

/// The rows of a night, with the queue kept in its order beside them.
struct NightTable {
  /// A queued job's place: the earlier due first, of equals the lower id.
  private struct Place: Comparable {
    let due: Timestamp
    let id: Job.ID

    init?(_ job: Job?) {
      guard let job, case .queued(let due) = job.state else { return nil }
      (self.due, id) = (due, job.id)
    }

    static func < (left: Self, right: Self) -> Bool {
      left.due == right.due ? left.id < right.id : left.due < right.due
    }
  }

  private var rows: [Job.ID: Job] = [:]
  private var queue: [Place] = []

  var values: Dictionary<Job.ID, Job>.Values { rows.values }

  /// When the first queued job is due, after those that are left out.
  func nextDue(after count: Int = 0) -> Timestamp? { queue.dropFirst(count).first?.due }

  /// The first jobs that are due, in their order.
  func due(at now: Timestamp, max count: Int) -> [Job] {
    queue.prefix(count).prefix { $0.due <= now }.compactMap { rows[$0.id] }
  }

  subscript(id: Job.ID) -> Job? {
    get { rows[id] }
    set {
      if let place = Place(rows[id]) { queue.remove(at: index(of: place)) }
      rows[id] = newValue
      if let place = Place(newValue) { queue.insert(place, at: index(of: place)) }
    }
  }

  /// Where the place is in the queue, or would be.
  private func index(of place: Place) -> Int {
    var (low, high) = (0, queue.count)
    while low < high {
      let middle = (low + high) / 2
      if queue[middle] < place { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
