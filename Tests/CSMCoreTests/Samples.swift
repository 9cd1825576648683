@testable import CSMCore

extension Timestamp {
  static let evening = Timestamp(milliseconds: 1_795_460_400_000)
}

extension Problem {
  static let sample = Problem("sample", "made up")
}

extension FalFailure {
  /// What the model itself calls a passing failure.
  static let byModel = FalFailure(.sample, isTransient: true, isByModel: true)
  /// What looks like one.
  static let doubtful = FalFailure(.sample, isTransient: true, isByModel: false)
}

extension Rules {
  /// 30 millionths of a dollar a character.
  static let usual = Rules(price: Price(perThousand: Money(microDollars: 30_000)))

  static var resubmitting: Rules {
    var rules = usual
    rules.resubmitsUnknown = true
    return rules
  }
}

extension SpeechRequest {
  init(_ text: String) {
    self.init(scene: [Turn(text: text, speakerID: 0)])
  }
}

extension Ticket {
  static func sample(_ id: Job.ID, at: Timestamp = .evening) -> Ticket {
    Ticket(requestID: "request-\(id)", acceptedAt: at)
  }
}

extension StoredAudio {
  static let sample = StoredAudio(
    digest: Digest(.zero), bytes: 44, mediaType: "audio/wav", durationMilliseconds: 0)
}

extension Job {
  /// A job in the line, with a text of its own of ten characters.
  static func waiting(_ id: Job.ID, due: Timestamp = .evening) -> Job {
    let number = String(id)
    let text = "line " + String(repeating: "0", count: 5 - number.utf8.count) + number
    return Job(id: id, request: SpeechRequest(text), state: .queued(due: due))
  }

  /// What ten characters cost.
  static let cost = Money(microDollars: 300)

  static func standing(_ id: Job.ID, _ state: JobState, cancelWanted: Bool = false) -> Job {
    Job(
      id: id, request: waiting(id).request, generation: 1, state: state, submits: 1,
      attempts: state.ticket == nil ? 0 : 1, cancelWanted: cancelWanted)
  }
}

extension Dispatcher.Event {
  static func listed(_ requests: [ListedRequest]) -> Self {
    .listed(.listed(requests))
  }
}

/// What a step asks, without what it takes, so that it can be compared.
enum Call { case submit, poll, collect, cancel, fetch }

extension Dispatcher.Step {
  var call: Call {
    switch self {
    case .submit: .submit
    case .poll: .poll
    case .collect: .collect
    case .cancel: .cancel
    case .fetch: .fetch
    }
  }
}
