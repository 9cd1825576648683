import Foundation

/// The behaviour of the stand-in.
///
/// The defaults are those of fal, as far as known.
package struct LocalFalOptions: Sendable {
  /// The port of plain HTTP on 127.0.0.1; 0 for any free one.
  package var port = 0
  /// The port of TLS on 127.0.0.1; 0 for any free one, nil for no TLS.
  package var tlsPort: Int?
  /// The file to write the TLS port's certificate to; nil for none.
  package var certificateFile: String?
  /// Unlisted applications that accept the same input as `fal-ai/csm-1b`, such as private copies.
  package var privateApps: Set<String> = []
  /// Whether `fal-ai/csm-1b` is listed as deprecated.
  package var isDeprecated = false
  /// The number of requests that run at once.
  package var runners = 40
  /// Seconds that a request runs, uniformly distributed.
  package var latency: ClosedRange<TimeInterval> = 1...3
  /// Makes request ids, run times and random faults reproducible; nil for a random seed.
  package var seed: UInt64?
  package var faults = FaultPlan.none
  /// The only valid key; nil accepts any well-formed one.
  package var key: String?
  /// Why the account is initially locked; nil if it is not.
  package var lock: String?
  /// Why submits and uploads alone are initially refused; nil if they are not.
  package var submitLock: String?
  /// The balance in US dollars; nil if it is unreadable.
  package var balance: Double?
  /// Whether submits and uploads are refused once the balance is used up.
  package var balanceLocks = false
  /// US dollars per 1000 characters.
  package var price = 0.03
  /// How many seconds the stand-in's clock is ahead of this machine's.
  package var clockOffset: TimeInterval = 0
  /// The ledger's file; nil for a temporary one.
  package var ledger: String?
  package var lists = true
  /// Seconds until a request, or its end, shows in the listing.
  package var listingLag: TimeInterval = 0
  /// When a request is first listed.
  package var listingStart = ListingStart.accepted
  /// Whether requests are listed before they have ended.
  package var listsUnfinished = false
  /// The sizes of audio files in bytes; nil for lengths that follow the text.
  package var audioSizes: ClosedRange<Int>?
  /// Whether to speak the text with `espeak-ng`, if it is installed.
  package var speaks = false

  package init() {}
}

/// The two ways to read fal's documentation of the listing's `sent_at`: "when the request was sent
/// to the backend".
package enum ListingStart: String, Sendable, CaseIterable {
  /// `sent_at` is when the POST was accepted.
  case accepted
  /// `sent_at` is when the request started to run; waiting requests are not listed.
  case dispatched
}
