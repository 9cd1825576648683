import CSMCore
import CSMFal
import CSMFiles
import CSMSQLite

/// Replaces the files in a request's context by URLs of fal's storage, uploading them if needed.
///
/// This happens before the POST of a submit and before its sent mark, so a failure or crash here
/// means that nothing was sent. A file whose upload got lost costs nothing and expires.
///
/// The actor ensures that there is one upload per file at a time, shared by all requests that need
/// it.
actor ClipUploads {
  /// Why a request cannot be sent, now or ever.
  enum UploadFailure: Error, Sendable {
    case later(Problem)
    case gated(Gate.Name, Problem)
    case refused(Problem)
  }

  private let fal: FalClient
  private let store: AudioStore
  private let table: JobTable
  private let clock: any DaemonClock
  private var onTheWay: [Digest: Task<Result<String, UploadFailure>, Never>] = [:]
  /// Files whose last upload was refused for a reason that may pass.
  private var doubted: Set<Digest> = []
  private var isStopping = false

  init(fal: FalClient, store: AudioStore, table: JobTable, clock: any DaemonClock) {
    self.fal = fal
    self.store = store
    self.table = table
    self.clock = clock
  }

  /// The request with every file in its context replaced by a URL that remains valid long enough.
  ///
  /// Uploads one file at a time and keeps each result; takes at most `Reconciliation.preparation`.
  func exchanged(_ request: SpeechRequest) async -> Result<SpeechRequest, UploadFailure> {
    guard request.needs.isEmpty else {
      let problem = Problem("bad_context", "the context names a turn that has no audio yet")
      return .failure(.refused(problem))
    }
    let end = clock.now() + Reconciliation.preparation - FalClient.uploadDeadline
    var urls: [ClipSource: String] = [:]
    for file in request.files.sorted(by: { $0.hex < $1.hex }) {
      guard clock.now() <= end else {
        let problem = Problem("upload_slow", "uploading the clips of the context takes too long")
        return .failure(.later(problem))
      }
      switch await upload(of: file).value {
      case .success(let url): urls[.object(file)] = url
      case .failure(let failure): return .failure(failure)
      }
    }
    var sent = request
    for index in sent.context.indices {
      if let url = urls[sent.context[index].source] { sent.context[index].audioURL = url }
    }
    return .success(sent)
  }

  /// Cancels all uploads and refuses new ones.
  func stop() {
    isStopping = true
    for task in onTheWay.values { task.cancel() }
  }

  /// The current upload of the file, or a new one.
  private func upload(of file: Digest) -> Task<Result<String, UploadFailure>, Never> {
    if let task = onTheWay[file] { return task }
    let task = Task {
      let result = await url(of: file)
      onTheWay[file] = nil
      return result
    }
    onTheWay[file] = task
    return task
  }

  private func url(of file: Digest) async -> Result<String, UploadFailure> {
    do {
      let moment = clock.now() + Upload.renewal
      while let upload = try table.upload(of: file, lastingBeyond: moment) {
        if fal.mayRead(upload.url) { return .success(upload.url) }
        // csmd did not write this URL.
        try table.bury(upload, at: clock.now())
      }
      guard !isStopping else { return .failure(.later(Self.stopping)) }
      let bytes = try bytes(of: file)
      return try await uploaded(file, bytes)
    } catch let failure as UploadFailure {
      return .failure(failure)
    } catch {
      // A temporary fault of the table or the disk.
      return .failure(.later(Problem("store_failed", "\(error)")))
    }
  }

  /// Uploads the bytes; the URL is durable in the table on return.
  private func uploaded(
    _ file: Digest, _ bytes: [UInt8]
  ) async throws -> Result<String, UploadFailure> {
    let kind = (try? AudioInfo(bytes))?.container ?? .wav
    let outcome = await fal.upload(
      bytes, name: "\(file.hex.prefix(16)).\(kind)", type: "audio/\(kind)")
    let wasDoubted = doubted.remove(file) != nil
    switch outcome {
    case .uploaded(let url):
      let now = clock.now()
      let isOurs = try table.save(
        Upload(digest: file, url: url, uploadedAt: now, expiresAt: now + Upload.lifetime))
      guard isOurs else {
        return .failure(
          .later(Problem("upload_failed", "fal gave the clip another clip's URL")))
      }
      return .success(url)
    case .later(let problem): return .failure(.later(problem))
    case .gated(let gate, let problem): return .failure(.gated(gate, problem))
    case .refused(let problem, let isSure):
      guard isSure || wasDoubted else {
        doubted.insert(file)
        return .failure(.later(problem))
      }
      return .failure(.refused(problem))
    }
  }

  /// The whole file, verified against its name.
  private func bytes(of file: Digest) throws -> [UInt8] {
    let advice = "add the voice again from its file, then csm-enqueue retry"
    do {
      guard let size = try store.size(of: file) else {
        throw UploadFailure.refused(
          Problem("no_clip", "the clip \(file) is not in the store: \(advice)"))
      }
      guard size <= Upload.bytesMax else {
        throw UploadFailure.refused(
          Problem("clip_too_large", "the clip \(file) is larger than \(Upload.bytesMax >> 20) MiB"))
      }
      return try store.bytes(of: file)
    } catch let damage as DamagedObject {
      throw UploadFailure.refused(Problem("clip_damaged", "\(damage): \(advice)"))
    }
  }

  private static let stopping = Problem("stopped", "csmd stopped before the submit was sent")
}
