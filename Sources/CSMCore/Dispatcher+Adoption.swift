extension Dispatcher {
  /// The search for requests that were made after the table was copied, or from which it was put back:
  /// nothing is sent before it has been made once.
  struct Adoption: Sendable {
    let since: Timestamp
    /// When the listing is read next.
    var at: Timestamp
    var count = 0
    var isBusy = false
  }

  var adoptionAt: Timestamp? { adoption.flatMap { $0.isBusy ? nil : $0.at } }

  mutating func dueAdoption(at now: Timestamp) -> [Action] {
    guard let adoption, let at = adoptionAt, at <= now else { return [] }
    self.adoption?.isBusy = true
    return [.adopt(since: adoption.since - Reconciliation.clockSkew)]
  }

  mutating func settle(_ outcome: AdoptionOutcome, at now: Timestamp) {
    guard var search = adoption else { return }
    switch outcome {
    case .unavailable:
      search.isBusy = false
      search.count += 1
      search.at = now + Backoff.listing.delay(search.count, lot: &lot)
      adoption = search
    case .found(let found):
      noteAnswer(at: now)
      for adopted in found where active[adopted.job.id] == nil {
        for move in adopted.job.adopted(adopted.request, at: now, price: rules.price) {
          apply(move, at: now)
        }
        follow(adopted.job.id, at: now)
      }
      adoption = nil
      endsAdoption = true
    }
  }
}
