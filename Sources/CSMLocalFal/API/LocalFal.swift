import Crypto
import Foundation
import Synchronization

/// A stand-in for fal: queue, request listing, uploads and CDN, in one process on loopback.
///
/// It implements fal's protocol, generates audio, and can produce every fault that a client has to
/// survive. Read on in `Call` (the calls), `LocalFal+Answer` (their answers), `RequestQueue` (what
/// happens to a request), `FaultPlan` (the faults) and `LocalFal+Serve` (the sockets).
package final class LocalFal: Sendable {
  package let options: LocalFalOptions
  let seed: UInt64
  let ledger: Ledger
  let uploads: Uploads
  let audio: Audio
  let queue: Mutex<RequestQueue>
  let faultControl: Mutex<FaultControl>

  /// Opens the ledger and restores the requests that earlier runs accepted; does not listen yet.
  package init(_ options: LocalFalOptions = LocalFalOptions()) throws {
    self.options = options
    seed = options.seed ?? UInt64.random(in: .min ... .max)
    ledger = try Ledger(path: options.ledger)
    uploads = try Uploads()
    audio = Audio(sizes: options.audioSizes, speech: options.speaks ? Speech() : nil)
    queue = Mutex(RequestQueue(runners: options.runners))
    faultControl = Mutex(FaultControl(options, seed: seed))
    if let path = options.ledger { try restore(from: path) }
  }

  /// The time of the stand-in's clock, which it uses and reports.
  var now: Date { Date(timeIntervalSinceNow: options.clockOffset) }

  private func restore(from path: String) throws {
    try ledger.replay(path: path) { entry, place in
      let rule = try entry.fault.map { try FaultPlan($0) }?.runs.first
      let job = makeJob(entry, fault: rule?.fault, startDeadline: nil, place: place)
      queue.withLock { $0.restore(job) }
    }
  }

  /// The job of an accepted request.
  func makeJob(
    _ entry: Ledger.Entry, fault: RunFault?, startDeadline: Date?, place: AppendOnlyFile.Place
  ) -> Job {
    let parts = entry.endpoint.split(separator: "/", maxSplits: 2)
    let model = model(at: entry.endpoint)
    let input = try? model.map { try SpeechInput(checking: entry.body, for: $0) }
    return Job(
      id: entry.id, app: parts.prefix(2).joined(separator: "/"),
      subpath: parts.count > 2 ? String(parts[2]) : "", model: model, sentAt: entry.time,
      serviceTime: serviceTime(of: entry.id), startDeadline: startDeadline,
      characters: input?.characters, fault: fault, place: place)
  }

  /// The model at `endpoint`; nil if there is none.
  func model(at endpoint: String) -> Model? {
    options.privateApps.contains(endpoint) ? .csm : Model(rawValue: endpoint)
  }

  private func serviceTime(of id: UUID) -> TimeInterval {
    var generator = SplitMix64(seed, id.low)
    return Double.random(in: options.latency, using: &generator)
  }

  /// The id of the request with this number, from 0.
  func makeRequestId(number: Int) -> UUID {
    guard options.seed != nil else { return UUID() }
    var generator = SplitMix64(seed, UInt64(number), 1)
    let bytes = [generator.next(), generator.next()].flatMap { half in
      withUnsafeBytes(of: half.bigEndian) { Array($0) }
    }
    return NSUUID(uuidBytes: bytes) as UUID
  }
}

extension UUID {
  /// Its last eight bytes.
  fileprivate var low: UInt64 {
    withUnsafeBytes(of: uuid) { $0.suffix(8).reduce(0) { $0 << 8 | UInt64($1) } }
  }
}
