import CSMCore
import CSMFal
import CSMFiles
import CSMSQLite

/// Exchanges the files in a request's context for URLs of fal's storage, and uploads what is not there.
///
/// All of it happens before the one POST of a submit, and before its mark is made: whatever goes wrong,
/// or dies, here, the submit has surely not left. What an upload that got lost leaves at fal is paid by
/// nobody, and expires.
///
/// The actor protects the uploads on their way: one a file at a time, for all that wait for it.
actor ClipUploads {
  /// Why a request cannot be sent now, or at all.
  enum Trouble: Error, Sendable {
    case later(Problem)
    case shut(Gate.Name, Problem)
    case refused(Problem)
  }

  private let fal: FalClient
  private let store: AudioStore
  private let table: JobTable
  private let clock: any DaemonClock
  private var onTheWay: [Digest: Task<Result<String, Trouble>, Never>] = [:]
  private var isStopping = false

  init(fal: FalClient, store: AudioStore, table: JobTable, clock: any DaemonClock) {
    self.fal = fal
    self.store = store
    self.table = table
    self.clock = clock
  }

  /// The request as it is sent: every file in its context replaced by a URL that lasts.
  ///
  /// One file after the other, each of them kept; takes `Reconciliation.preparation` at most.
  func exchanged(_ request: SpeechRequest) async -> Result<SpeechRequest, Trouble> {
    guard request.needs.isEmpty else {
      let problem = Problem("bad_context", "the context names a turn that has no audio yet")
      return .failure(.refused(problem))
    }
    let end = clock.now() + Reconciliation.preparation - FalClient.uploadDeadline
    var urls: [ClipSource: String] = [:]
    for file in request.files.sorted(by: { $0.hex < $1.hex }) {
      guard clock.now() <= end else {
        let problem = Problem("upload_slow", "the clips of the context take long to upload")
        return .failure(.later(problem))
      }
      switch await upload(of: file).value {
      case .success(let url): urls[.object(file)] = url
      case .failure(let trouble): return .failure(trouble)
      }
    }
    var sent = request
    for index in sent.context.indices {
      if let url = urls[sent.context[index].source] { sent.context[index].audioURL = url }
    }
    return .success(sent)
  }

  /// Gives up what is on its way: no new submit is to leave.
  func stop() {
    isStopping = true
    for task in onTheWay.values { task.cancel() }
  }

  /// The upload of a file that is on its way, or a new one.
  private func upload(of file: Digest) -> Task<Result<String, Trouble>, Never> {
    if let task = onTheWay[file] { return task }
    let task = Task {
      let result = await url(of: file)
      onTheWay[file] = nil
      return result
    }
    onTheWay[file] = task
    return task
  }

  private func url(of file: Digest) async -> Result<String, Trouble> {
    do {
      let moment = clock.now() + Upload.renewal
      while let upload = try table.upload(of: file, lastingBeyond: moment) {
        if fal.mayRead(upload.url) { return .success(upload.url) }
        // It was not csmd that wrote it there.
        try table.bury(upload, at: clock.now())
      }
      guard !isStopping else { return .failure(.later(Self.stopping)) }
      let bytes = try bytes(of: file)
      return try await uploaded(file, bytes)
    } catch let trouble as Trouble {
      return .failure(trouble)
    } catch {
      // The table or the disk has a bad moment.
      return .failure(.later(Problem("store_failed", "\(error)")))
    }
  }

  /// Brings the bytes to fal and remembers where they are, durably, before anybody uses the URL.
  private func uploaded(_ file: Digest, _ bytes: [UInt8]) async throws -> Result<String, Trouble> {
    let kind = (try? AudioInfo(bytes))?.container ?? .wav
    let outcome = await fal.upload(
      bytes, name: "\(file.hex.prefix(16)).\(kind)", type: "audio/\(kind)")
    switch outcome {
    case .uploaded(let url):
      let now = clock.now()
      let isOurs = try table.save(
        Upload(digest: file, url: url, uploadedAt: now, expiresAt: now + Upload.lifetime))
      guard isOurs else {
        return .failure(
          .later(Problem("upload_failed", "fal gave the clip the URL of another one")))
      }
      return .success(url)
    case .later(let problem): return .failure(.later(problem))
    case .shut(let gate, let problem): return .failure(.shut(gate, problem))
    case .refused(let problem): return .failure(.refused(problem))
    }
  }

  /// The whole file, which is what its name says.
  private func bytes(of file: Digest) throws -> [UInt8] {
    let advice = "add the voice again from its file, then csm-enqueue retry"
    do {
      guard let size = try store.size(of: file) else {
        throw Trouble.refused(Problem("no_clip", "the clip \(file) is not in the store: \(advice)"))
      }
      guard size <= Upload.bytesMax else {
        throw Trouble.refused(
          Problem("clip_too_large", "the clip \(file) has more than \(Upload.bytesMax >> 20) MiB"))
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(size)
      try store.read(file) { bytes.append(contentsOf: $0) }
      return bytes
    } catch let damage as DamagedObject {
      throw Trouble.refused(Problem("clip_damaged", "\(damage): \(advice)"))
    }
  }

  private static let stopping = Problem("stopped", "csmd stopped before the submit left")
}
