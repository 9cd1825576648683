/// What goes wrong with one accepted request, decided when it is accepted.
package enum RunFault: Sendable, Equatable {
  /// It ends in this failure.
  case fails(RunFailure)
  /// It is forgotten when it should have ended: 404 from then on, and not listed.
  case lost
  /// It never ends and keeps its runner.
  case stuck
  /// It falls back from IN_PROGRESS to IN_QUEUE once.
  case fallsBack
  /// A cancel of it while it runs is accepted and has no effect.
  case uncancellable
  /// The result names the audio by a bare string instead of a File object.
  case audioString
  /// The result holds the audio as a data URI.
  case audioData
  /// The result names this address.
  case audioAt(String)
  /// `file_size` is not the size of the file.
  case wrongSize
  /// The result holds no audio.
  case noAudio
  /// The audio is as long as it should be, and silent.
  case silent

  /// Reads `name`, with what stands after a colon as `argument`; nil where there is no such fault.
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
