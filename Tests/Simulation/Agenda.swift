import CSMCore

/// What is to happen, in the order of its time; what falls on one moment keeps the order of entry.
struct Agenda<Item> {
  private var entries: [(at: Timestamp, item: Item)] = []

  /// The first moment at which something happens.
  var first: Timestamp? { entries.last?.at }

  mutating func add(_ item: Item, at moment: Timestamp) {
    // Kept latest first, so that taking from the end is cheap.
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].at <= moment { high = middle } else { low = middle + 1 }
    }
    entries.insert((moment, item), at: low)
  }

  /// Takes the next of what is due at `moment`.
  mutating func next(at moment: Timestamp) -> Item? {
    guard let last = entries.last, last.at <= moment else { return nil }
    return entries.removeLast().item
  }

  /// Strikes what does not meet the condition.
  mutating func keep(_ isKept: (Item) -> Bool) {
    entries.removeAll { !isKept($0.item) }
  }
}
