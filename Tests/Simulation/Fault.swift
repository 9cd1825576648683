import CSMCore

/// A fault of fal, or of the network to it and back.
package enum Fault: String, Sendable, CaseIterable {
  // A submit.
  /// Nothing of the submit left.
  case notSent
  /// It left, but fal never saw it; there is no answer.
  case lostBeforeAcceptance
  /// fal accepted it, but there is no answer.
  case lostAfterAcceptance
  /// fal accepts it only after the client has stopped waiting for the answer.
  case acceptedLate
  case tooManyRequests
  /// A server error, and fal did not accept it.
  case refusedByServer
  /// A server error, although fal accepted it.
  case acceptedBehindError
  /// Accepted, but the answer cannot be read.
  case unreadableAcceptance
  /// Accepted, but the answer names the id of another request.
  case idOfAnother
  /// Accepted, but the URLs in the answer lead to other hosts.
  case hostileURLs
  case inputRejected
  // The upload of a clip.
  /// fal promised a place, but there is no answer.
  case uploadPlaceLost
  case uploadPlaceRefused
  /// The place is on a host that no clip may go to.
  case uploadPlaceHostile
  case uploadFails
  case uploadRedirected
  /// The clip arrived, but there is no answer.
  case uploadAnswerLost
  /// The clip expires much sooner than requested.
  case uploadForgotten

  // The course of a request.
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
  /// fal forgets it for good, and may or may not list it.
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

  // Later additions, at the end because a seed draws for the cases in their order.
  /// A proxy in front of fal refuses a submit in its own form, and nothing was accepted.
  case foreignRefusal
  /// It refuses the submit in this way although fal accepted it.
  case acceptedBehindForeignRefusal
  /// A passing failure of the result that names its type, which the status does not show.
  case passingTypedError
  /// A passing refusal of the result.
  case passingRefusal
  /// fal works on the request for ever.
  case neverEnds
  /// fal's queue passes over the request for ever.
  case neverStarts
  /// The status of the request is an unknown word.
  case unknownStatus
  /// The file arrives too slowly.
  case fileSlow

  /// The probability of the fault at each occasion, in runs that have it.
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

/// The faults of a run, with their probabilities and how often they have happened.
struct Faults: Sendable {
  private var rates: [Fault: Double] = [:]
  private(set) var counts: [Fault: Int] = [:]
  private var generator: SeededGenerator

  /// Draws them: some runs have none, and most leave out some kinds, so that the others have an effect.
  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    let severity = generator.element(of: [0, 0.3, 1, 1, 2]) ?? 1
    for fault in Fault.allCases {
      rates[fault] = generator.happens(0.7) ? fault.rate * severity : 0
    }
  }

  /// Decides whether the fault happens now, and counts it if so.
  mutating func strike(_ fault: Fault) -> Bool {
    guard generator.happens(rates[fault] ?? 0) else { return false }
    counts[fault, default: 0] += 1
    return true
  }
}
