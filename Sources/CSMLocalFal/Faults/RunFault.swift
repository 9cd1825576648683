/// A fault of an accepted request, decided when it is accepted.
package enum RunFault: Sendable, Equatable {
  /// It fails like this.
  case fails(RunFailure)
  /// It is forgotten at the time it should have ended: 404 from then on, and not listed.
  case lost
  /// It never ends and occupies its runner.
  case stuck
  /// It falls back from IN_PROGRESS to IN_QUEUE once.
  case fallsBack
  /// Cancelling it while it runs is accepted but has no effect.
  case uncancellable
  /// The result has the audio's URL as a string instead of a File object.
  case audioString
  /// The result has the audio as a data URI.
  case audioData
  /// The result has this URL.
  case audioAt(String)
  /// `file_size` is wrong.
  case wrongSize
  /// The result has no audio.
  case noAudio
  /// The audio has the right length, but is silent.
  case silent

  /// Parses `name` and the `argument` after a colon; nil if there is no such fault.
  init?(_ name: String, argument: String?) {
    switch (name, argument) {
    case ("lost", nil): self = .lost
    case ("stuck", nil): self = .stuck
    case ("falls-back", nil): self = .fallsBack
    case ("uncancellable", nil): self = .uncancellable
    case ("audio-string", nil): self = .audioString
    case ("audio-data", nil): self = .audioData
    case ("audio-at", .some(let address)): self = .audioAt(address)
    case ("wrong-size", nil): self = .wrongSize
    case ("no-audio", nil): self = .noAudio
    case ("silent", nil): self = .silent
    case (_, nil):
      guard let failure = RunFailure(named: name) else { return nil }
      self = .fails(failure)
    default: return nil
    }
  }
}
