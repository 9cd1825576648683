import CSMCore

/// What may go wrong at fal, or on the way to it and back.
package enum Fault: String, Sendable, CaseIterable {
  // A submit.
  /// Nothing of it left.
  case notSent
  /// It left, and fal never saw it; no answer.
  case lostBeforeAcceptance
  /// fal accepted it; no answer.
  case lostAfterAcceptance
  /// fal accepts it only after the answer was given up.
  case acceptedLate
  case tooManyRequests
  /// A server's fault without acceptance.
  case refusedByServer
  /// A server's fault, although fal accepted it.
  case acceptedBehindError
  /// Accepted, but the answer cannot be read.
  case unreadableAcceptance
  /// Accepted, but the answer names the id of another request.
  case idOfAnother
  /// Accepted, and the answer's URLs lead elsewhere.
  case hostileURLs
  case inputRejected
  // The upload of a clip.
  /// The place is promised; no answer.
  case uploadPlaceLost
  case uploadPlaceRefused
  /// The place lies where no clip may go.
  case uploadPlaceHostile
  case uploadFails
  case uploadRedirected
  /// The clip came; no answer.
  case uploadAnswerLost
  /// The clip is gone much sooner than was asked for.
  case uploadForgotten

  // What becomes of a request.
  case modelRefuses
  case modelFails
  case modelFailsForGood
  case platformTimesOut
  case plainError
  case plainErrorForGood
  case noAudioInResult
  case wrongFileSize
  /// fal forgets it for a while.
  case deniedForAWhile
  /// fal forgets it for good, and lists it or not.
  case deniedForGood
  case fallsBackIntoQueue
  case neverListed
  case listedWithoutInput
  case cancelIgnored

  // Reading.
  case noAnswer
  case serverErrorOnRead
  case pageInsteadOfJSON
  case unreadableJSON
  case tooManyReads
  case noListing

  // The audio.
  case fileCutOff
  case fileTooShort
  case pageInsteadOfAudio
  case fileMissing
  case fileServerFails

  // At the end, since a seed's draws go through the cases in their order.
  /// What stands before fal refuses a submit in its own words, and nothing was accepted.
  case foreignRefusal
  /// It does so although fal accepted it.
  case acceptedBehindForeignRefusal
  /// A failure that names its type, of which the status knows nothing, and which passes.
  case passingTypedError
  /// A refusal of the result that passes.
  case passingRefusal
  /// A request that is worked on for ever.
  case neverEnds
  /// One that the queue passes over for ever.
  case neverStarts
  /// One whose status is a word that nobody knows.
  case unknownStatus
  /// The file comes slower than is of use.
  case fileSlow

  /// How often it happens where it happens at all.
  fileprivate var rate: Double {
    switch self {
    case .notSent, .tooManyRequests, .noAnswer, .serverErrorOnRead, .pageInsteadOfJSON,
      .unreadableJSON, .tooManyReads, .fallsBackIntoQueue, .modelFails, .platformTimesOut,
      .plainError, .fileCutOff, .fileTooShort, .pageInsteadOfAudio, .fileMissing,
      .fileServerFails, .fileSlow:
      0.06
    case .lostBeforeAcceptance, .lostAfterAcceptance, .acceptedLate, .refusedByServer,
      .acceptedBehindError, .unreadableAcceptance, .hostileURLs, .deniedForAWhile, .modelRefuses,
      .inputRejected, .passingTypedError, .passingRefusal, .foreignRefusal,
      .acceptedBehindForeignRefusal:
      0.03
    case .idOfAnother, .modelFailsForGood, .plainErrorForGood, .noAudioInResult, .wrongFileSize,
      .deniedForGood, .neverListed, .listedWithoutInput, .neverEnds, .neverStarts, .unknownStatus:
      0.015
    case .uploadPlaceLost, .uploadPlaceRefused, .uploadPlaceHostile, .uploadFails,
      .uploadRedirected,
      .uploadAnswerLost, .uploadForgotten:
      0.06
    case .cancelIgnored, .noListing: 0.25
    }
  }
}

/// Which faults happen in a run, how often, and how often they did.
struct Faults: Sendable {
  private var rates: [Fault: Double] = [:]
  private(set) var counts: [Fault: Int] = [:]
  private var generator: SeededGenerator

  /// Draws them: some runs are calm, most leave out some kinds, so that the others come through.
  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    let severity = generator.element(of: [0, 0.3, 1, 1, 2]) ?? 1
    for fault in Fault.allCases {
      rates[fault] = generator.happens(0.7) ? fault.rate * severity : 0
    }
  }

  /// Whether the fault happens now; counted if so.
  mutating func strike(_ fault: Fault) -> Bool {
    guard generator.happens(rates[fault] ?? 0) else { return false }
    counts[fault, default: 0] += 1
    return true
  }
}
