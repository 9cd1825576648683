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
  /// The applications that exist.
  package var apps: Set<String> = ["fal-ai/csm-1b"]
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
  /// The ledger's file; nil keeps one without a name.
  package var ledger: String?
  /// Whether requests can be listed.
  package var lists = true
  /// Seconds until a request shows in the listing, or shows as ended.
  package var listingLag: TimeInterval = 0
  /// Whether requests show in the listing before they have ended.
  package var listsUnfinished = false
  /// Sizes of audio files in bytes; nil lets the length follow the text.
  package var audioSizes: ClosedRange<Int>?
  /// Whether the text is spoken where `espeak-ng` is installed.
  package var speaks = false

  /// The defaults.
  package init() {}
}
