import Testing

@testable import CSMCore

@Suite("A table that may not know what was sent")
struct AdoptionTests {
  @Test(
    "a table whose listing cannot be read says so, and goes on without it when a person says so again"
  )
  func unreadable() {
    var night = Night(jobs: 3)
    night.dispatcher.take(.mayNotKnow(since: .evening), at: night.now)
    readings(&night)
    #expect(night.moves.isEmpty)
    #expect(night.gates.keys.sorted() == [.paused])
    #expect(night.gates[.paused]?.reason.contains("made up") == true)
    #expect(night.dispatcher.isIdle)
    night.gates[.paused] = nil
    #expect(night.round(.control(night.control())).words == ["submit 1", "submit 2", "submit 3"])
  }

  @Test("reads the listing at once when the gate is opened")
  func resumed() {
    var night = Night(jobs: 3)
    night.round(.mayNotKnow(since: .evening), .control(night.control(paused: true)))
    night.round(.adopted(.unavailable(.sample)))
    night.round(.adopted(.unavailable(.sample)))
    #expect(night.round(.control(night.control())).words.contains("adopt"))
  }

  /// Plays ten minutes in which the listing cannot be read.
  private func readings(_ night: inout Night) {
    night.play(until: night.now + .seconds(600)) { action, now in
      guard case .step(let step, let job) = action else {
        if case .adopt = action { return (.seconds(1), .adopted(.unavailable(.sample))) }
        return (.zero, .probed(.fine))
      }
      let outcome: Dispatcher.StepOutcome =
        step.call == .submit
        ? .submit(.accepted(.sample(job.id, at: now))) : .poll(.inQueue)
      return (.seconds(1), .done(job.id, generation: job.generation, outcome))
    }
  }
}
