import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The page and the API that it calls.
package struct Site: Sendable {
  let workplace: Workplace
  let keyring: Keyring
  let workers = WorkerThreads(threads: 4)
  let glance: Reader
  let browsing: Reader
  let pulse: Pulse
  let store: AudioStore
  let now: @Sendable () -> Timestamp
  /// The folder for files that the page sent, while they are read.
  let temporary: String

  package init(
    _ workplace: Workplace, _ keyring: Keyring,
    temporary: String = FileManager.default.temporaryDirectory.path,
    now: @escaping @Sendable () -> Timestamp = Workplace.now
  ) {
    self.workplace = workplace
    self.keyring = keyring
    self.now = now
    self.temporary = temporary
    glance = Reader(workplace)
    browsing = Reader(workplace, lingers: true)
    store = AudioStore(root: workplace.state.path)
    // On a thread of its own: the reports must not wait behind visitors who scroll.
    pulse = Pulse(workers: WorkerThreads(threads: 1), reader: glance, now: now) { table in
      let json = try table.map { try TonightView($0, in: workplace, at: now()).json }
      return try JSONText.line(json ?? TonightView.empty)
    }
  }

  /// Keeps the watchers up to date until it is cancelled.
  package func beat() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      await pulse.beat()
      browsing.closeIfIdle()
    }
    await pulse.endAll()
  }

  /// The number of browsers that are watching the night.
  package var watchers: Int { get async { await pulse.count } }

  /// Closes the connections to the table; called when nobody is there.
  package func rest() {
    glance.close()
    browsing.close()
  }

  /// Answers a call.
  package func response(to request: Request) async -> Response {
    do {
      return try await route(request)
    } catch TableError.missing {
      return Answer.failure(.notFound, ["there are no lines yet"])
    } catch let error as JobTable.TooMany {
      return Answer.failure(
        .unprocessableContent,
        [
          "more than \(Figures.count(error.linesMax)) lines cannot be sorted in this order: choose a batch"
        ])
    } catch is SentFile.TooLarge {
      return Answer.failure(.contentTooLarge, ["this file is too large: add it with csm-enqueue"])
    } catch {
      let failure = Failure(error)
      return Answer.failure(
        failure?.httpStatus ?? .internalServerError, failure?.sentences ?? ["\(error)"])
    }
  }

  /// The answer that refuses a call; nil if the call may be answered.
  func refusal(of request: Request, need: Gatekeeper.Need) -> Response? {
    switch Gatekeeper(keyring: keyring).refusal(of: request.head, need: need, at: now()) {
    case nil: nil
    case .strange(let reason): Answer.text(.forbidden, reason)
    case .unknown:
      Answer.failure(
        .unauthorized, ["open the address that csm-web address prints: this browser is not known"])
    }
  }
}

extension Failure {
  fileprivate var httpStatus: HTTPResponse.Status {
    switch status {
    case .busy: .serviceUnavailable
    case .notPermitted: .forbidden
    case .inputOutput, .cannotCreate, .configuration: .internalServerError
    default: .unprocessableContent
    }
  }
}
