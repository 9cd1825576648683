import Foundation

/// How the stand-in behaves.
///
/// What is not set is as at fal, as far as that is known.
package struct LocalFalOptions: Sendable {
  /// The port of plain HTTP on 127.0.0.1; 0 takes a free one.
  package var port = 0
  /// The port of TLS on 127.0.0.1; 0 takes a free one, nil serves no TLS.
  package var tlsPort: Int?
  /// Where the certificate is written that the TLS port is to be trusted by.
  package var certificateFile: String?
  /// Applications that exist besides those that fal lists, such as copies that only their owner may
  /// call; they take what `fal-ai/csm-1b` takes.
  package var privateApps: Set<String> = []
  /// Whether `fal-ai/csm-1b` is listed as deprecated.
  package var isDeprecated = false
  /// How many requests run at once.
  package var runners = 40
  /// Seconds that a request runs, drawn evenly.
  package var latency: ClosedRange<TimeInterval> = 1...3
  /// Makes request ids, service times and shares of faults repeatable; nil draws a seed.
  package var seed: UInt64?
  /// What goes wrong.
  package var faults = FaultPlan.none
  /// The only key that is good; nil takes any well-formed one.
  package var key: String?
  /// Why the account is locked from the start; nil where it is not.
  package var lock: String?
  /// Why submits and uploads are refused from the start while all else is answered; nil where they are
  /// not.
  package var submitLock: String?
  /// US dollars in the account; nil where the balance cannot be read.
  package var balance: Double?
  /// Whether submits and uploads are refused once nothing is left of the balance.
  package var balanceLocks = false
  /// US dollars for 1000 characters.
  package var price = 0.03
  /// Seconds by which the stand-in's clock is ahead of this machine's.
  package var clockOffset: TimeInterval = 0
  /// The ledger's file; nil keeps one without a name.
  package var ledger: String?
  /// Whether requests can be listed.
  package var lists = true
  /// Seconds until a request shows in the listing, or shows as ended.
  package var listingLag: TimeInterval = 0
  /// From when on a request is listed.
  package var listingStart = ListingStart.accepted
  /// Whether requests show in the listing before they have ended.
  package var listsUnfinished = false
  /// Sizes of audio files in bytes; nil lets the length follow the text.
  package var audioSizes: ClosedRange<Int>?
  /// Whether the text is spoken where `espeak-ng` is installed.
  package var speaks = false

  /// The defaults.
  package init() {}
}

/// The two ways to read what fal says of its listing, where `sent_at` is "when the request was sent to
/// the backend".
package enum ListingStart: String, Sendable, CaseIterable {
  /// `sent_at` is when the POST was accepted.
  case accepted
  /// What only waits is never listed; a request shows from its start on, and that is its `sent_at`.
  case dispatched
}
