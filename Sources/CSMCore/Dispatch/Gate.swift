/// A reason not to submit anything at all.
///
/// It uses up no attempt of any job.
///
/// A gate is closed while its row exists. Requests that are paid for are still followed and downloaded;
/// only `disk` stops downloads too.
package struct Gate: Sendable, Equatable {
  /// The gates' names, exactly as in SQL, JSON and `status`.
  package enum Name: String, Sendable, CaseIterable, Codable {
    /// fal does not accept the key.
    case auth
    /// fal locked the account, or its balance is below the floor that a person set.
    case balance
    /// fal cannot be reached, gives no usable answer, or refuses every submit.
    case outage
    /// fal asked csmd to slow down.
    case rate
    /// The day's money is spent.
    case budget
    /// The disk is nearly full.
    case disk
    /// Requests are paid for but bring no usable audio.
    case audio
    /// Submits may not start at this hour.
    case hours
    /// A person ran `pause`.
    case paused

    /// Whether it opens by time alone.
    var opensByTime: Bool {
      switch self {
      case .rate, .budget, .hours, .paused: true
      case .auth, .balance, .outage, .disk, .audio: false
      }
    }

    /// Whether, once nothing is under way, only a person or the clock can open it.
    package var waitsForPersonOrClock: Bool {
      switch self {
      case .budget, .hours, .paused, .audio: true
      case .auth, .balance, .outage, .rate, .disk: false
      }
    }
  }

  /// The end of the reason of `paused` while the requests that the table does not know cannot be looked for.
  package static let opensUnread =
    "csm-enqueue resume sends lines without it, and may pay twice"

  package let name: Name
  /// Why, in one sentence for people.
  package var reason: String
  /// When it closed.
  package let since: Timestamp
  /// When it is looked at again; nil if only a person opens it.
  package var probeAt: Timestamp?
  /// The gap before the next look.
  package var gap: Duration

  package init(
    name: Name, reason: String, since: Timestamp, probeAt: Timestamp?, gap: Duration = .zero
  ) {
    self.name = name
    self.reason = reason
    self.since = since
    self.probeAt = probeAt
    self.gap = gap
  }
}
