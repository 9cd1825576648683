import CSMCore

/// A queue of items by time; items of the same time keep the order in which they were added.
struct Agenda<Item> {
  private var entries: [(at: Timestamp, item: Item)] = []

  /// The time of the first item; nil if there is none.
  var first: Timestamp? { entries.last?.at }

  mutating func add(_ item: Item, at moment: Timestamp) {
    // Latest first, because removing the last entry is cheap.
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].at <= moment { high = middle } else { low = middle + 1 }
    }
    entries.insert((moment, item), at: low)
  }

  /// Removes and returns the next item that is due at `moment`; nil if none is.
  mutating func next(at moment: Timestamp) -> Item? {
    guard let last = entries.last, last.at <= moment else { return nil }
    return entries.removeLast().item
  }

  /// Removes the items that do not meet the condition.
  mutating func keep(_ isKept: (Item) -> Bool) {
    entries.removeAll { !isKept($0.item) }
  }
}
