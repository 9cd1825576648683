import ArgumentParser
import CSMLocalFal

/// The options that `serve` and `demo` share.
struct BehaviourOptions: ParsableArguments {
  @Option(help: "Number of requests that run at once.")
  var runners = 40

  @Option(help: "How long a request runs: a mean such as 2s, or a range such as 1s-3s.")
  var latency = Latency(seconds: 1...3)

  @Option(help: "Faults to produce; see serve --help.", transform: { try FaultPlan($0) })
  var faults = FaultPlan.none

  @Option(help: "Make ids, times and random faults reproducible.")
  var seed: UInt64?

  @Option(help: "The only valid key. Default: any well-formed one.")
  var key: String?

  @Option(help: "File that records each accepted request, as a JSON line, before it is answered.")
  var ledger: String?

  @Flag(help: "Refuse to list requests.")
  var noListing = false

  @Option(help: "Time until a request, or its end, shows in the listing.")
  var listingLag = Latency(seconds: 0...0)

  @Flag(help: "List requests before they have ended.")
  var listUnfinished = false

  @Option(
    help: """
      Meaning of sent_at in the listing: when a request was accepted, or when it was dispatched; in the \
      second case, it is not listed earlier.
      """)
  var listingFrom = ListingStart.accepted

  @Option(help: "Lock the account for this reason: refuse all uploads and calls to the queue.")
  var lock: String?

  @Option(help: "Refuse submits and uploads for this reason; answer everything else.")
  var lockSubmits: String?

  @Option(
    help: "US dollars in the account; successful requests reduce it. Default: unreadable.")
  var balance: Double?

  @Flag(help: "Refuse submits and uploads once --balance is used up.")
  var balanceLocks = false

  @Option(help: "US dollars per 1000 characters.")
  var price = 0.03

  @Flag(help: "List fal-ai/csm-1b as deprecated.")
  var deprecated = false

  @Option(
    help: """
      Unlisted OWNER/APP that accepts the same input as fal-ai/csm-1b, such as a private copy.
      """)
  var app: [String] = []

  @Option(
    parsing: .unconditional, help: "Seconds by which its clock is ahead; may be negative.")
  var clockOffset = 0.0

  @Option(
    help: "Sizes of audio files in bytes, such as 100000-300000. Default: according to the text.")
  var audioBytes: ByteRange?

  @Flag(help: "Speak the text, if espeak-ng is installed.")
  var speak = false

  func validate() throws {
    guard runners > 0 else { throw ValidationError("--runners: expected 1 or more") }
    guard price >= 0, price.isFinite else {
      throw ValidationError("--price: expected a number, 0 or more")
    }
    guard balance?.isFinite != false else { throw ValidationError("--balance: expected a number") }
    guard clockOffset.isFinite else { throw ValidationError("--clock-offset: expected a number") }
    guard !balanceLocks || balance != nil else {
      throw ValidationError("--balance-locks requires --balance")
    }
    for app in app where app.split(separator: "/", omittingEmptySubsequences: false).count != 2 {
      throw ValidationError("--app: expected OWNER/APP, not \(app)")
    }
  }

  /// The options for the library.
  var options: LocalFalOptions {
    var options = LocalFalOptions()
    options.runners = runners
    options.latency = latency.seconds
    options.faults = faults
    options.seed = seed
    options.key = key
    options.ledger = ledger
    options.lists = !noListing
    options.listingLag = listingLag.seconds.upperBound
    options.listsUnfinished = listUnfinished
    options.listingStart = listingFrom
    options.lock = lock
    options.submitLock = lockSubmits
    options.balance = balance
    options.balanceLocks = balanceLocks
    options.price = price
    options.isDeprecated = deprecated
    options.privateApps = Set(app)
    options.clockOffset = clockOffset
    options.audioSizes = audioBytes?.bytes
    options.speaks = speak
    return options
  }
}

extension ListingStart: ExpressibleByArgument {}

/// A time on the command line: `500ms`, `2s`, or a range such as `1s-3s`.
///
/// A single time is a mean, and stands for the range from half to one and a half times it.
struct Latency: ExpressibleByArgument {
  let seconds: ClosedRange<Double>

  init(seconds: ClosedRange<Double>) {
    self.seconds = seconds
  }

  var defaultValueDescription: String { "\(seconds.lowerBound)s-\(seconds.upperBound)s" }

  init?(argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map(Self.seconds)
    switch (parts.first ?? nil, parts.last ?? nil, parts.count) {
    case (let mean?, _, 1): self.init(seconds: mean / 2...mean * 1.5)
    case (let low?, let high?, 2) where low <= high: self.init(seconds: low...high)
    default: return nil
    }
  }

  private static func seconds(_ text: Substring) -> Double? {
    let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60)]
    guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }) else { return nil }
    guard let number = Double(text.dropLast(unit.count)), number >= 0, number.isFinite else {
      return nil
    }
    return number * factor
  }
}

/// A range on the command line: `MIN-MAX` in bytes.
struct ByteRange: ExpressibleByArgument {
  let bytes: ClosedRange<Int>

  init?(argument: String) {
    let bounds = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard bounds.count == 2, let low = bounds[0], let high = bounds[1], low >= 64, high >= low
    else { return nil }
    bytes = low...high
  }
}
