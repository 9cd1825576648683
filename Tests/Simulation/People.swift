import CSMCore
import CSMFiles
import CSMSQLite

/// People who add lines and change their minds; they write to the table as `csm-enqueue` does.
struct People {
  /// An action of a person.
  enum Act: Sendable {
    case add(batch: String, [Line], budget: Money? = nil, isPruning: Bool = false)
    case budget(batch: String, Money?)
    case reroll(Set<JobState.Name>, takes: Int)
    case pause
    case resume
    case cancel([String])
    case cancelBatch(String)
    case retry(Set<JobState.Name>)
  }

  private let table: JobTable
  private let voices: [Voice]
  /// How many takes csmd may add to a line.
  private let rerolls: Int
  /// How many turns before it each turn of a scene needs.
  private static let chain = 2
  /// The lines that `add` has acknowledged.
  private(set) var acknowledged: [Acknowledged] = []

  /// - Parameters:
  ///   - store: the folder of the store, where the clips of the voices go.
  ///   - voices: how many voices people have.
  ///   - rerolls: how many takes csmd may add to a line.
  init(database: String, gate: String, store: String, voices: Int, rerolls: Int) throws {
    self.rerolls = rerolls
    let table = try JobTable(path: database, role: .writer, writeLock: WriteGate(path: gate))
    self.table = table
    self.voices = try (0..<voices).map { number in
      let clip = try AudioStore(root: store).put(clip: SampleAudio.bytes(seed: "voice \(number)"))
      let voice = Voice(name: "v\(number)", clip: clip.digest, transcript: "Words of \(number).")
      _ = try table.add(voice, clip: clip, at: Timestamp(milliseconds: 0))
      return voice
    }
  }

  func close() throws { try table.close() }

  mutating func act(_ act: Act, at now: Timestamp) throws {
    switch act {
    case .add(let batch, let lines, let budget, let isPruning):
      try add(lines, to: batch, budget, isPruning, at: now)
    case .budget(let batch, let limit): _ = try table.setBudget(of: batch, to: limit)
    case .reroll(let states, let takes):
      var selection = Selection()
      selection.states = states
      _ = try table.reroll(
        selection, takes: takes, price: Price(perThousand: .zero), at: now)
    case .pause: _ = try table.pause(reason: "somebody said so", at: now)
    case .resume: _ = try table.resume(at: now)
    case .cancel(let ids):
      var selection = Selection()
      selection.ids = ids
      _ = try table.cancel(selection, at: now)
    case .cancelBatch(let batch):
      var selection = Selection()
      selection.batch = batch
      _ = try table.cancel(selection, at: now)
    case .retry(let states):
      var selection = Selection()
      selection.states = states
      _ = try table.retry(selection, at: now)
    }
  }

  /// An action at the worst moment, after the daemon has decided and before it has written.
  ///
  /// It cancels the jobs that the daemon has just claimed, or retries jobs that have ended.
  func intrusion(isCancel: Bool, at now: Timestamp) -> @Sendable () throws -> Void {
    { [table] in
      var selection = Selection()
      if isCancel {
        let claimed = try table.dueJobs(limit: 2, at: now).jobs
        guard !claimed.isEmpty else { return }
        selection.ids = claimed.map { String($0.id) }
        _ = try table.cancel(selection, at: now)
      } else {
        selection.states = [.failed, .held]
        _ = try table.retry(selection, at: now)
      }
    }
  }

  private mutating func add(
    _ lines: [Line], to batch: String, _ budget: Money?, _ isPruning: Bool, at now: Timestamp
  ) throws {
    for (take, lines) in Dictionary(grouping: lines, by: \.take).sorted(by: { $0.key < $1.key }) {
      var addition = Addition(
        batch: take == 1 ? batch : "\(batch)-\(take)", endpoint: SimulatedFal.application,
        priority: 0, sourceFile: "lines.txt", isDryRun: false, isStrict: false,
        isPruning: isPruning, budget: budget)
      addition.newRerolls = rerolls
      if isPruning { acknowledged.removeAll { $0.batch == addition.batch } }
      _ = try table.add(addition, at: now) { hand in
        var scenes: [Int: [SpeechRequest.Clip]] = [:]
        for (number, line) in lines.enumerated() {
          let request = request(line, after: line.turn.flatMap { scenes[$0.scene] } ?? [])
          let key = request.key(endpoint: SimulatedFal.application, take: take)
          try hand(
            NewLine(
              request: request, key: key, id: line.id, text: nil, meta: nil, number: number + 1,
              take: take))
          guard let turn = line.turn else { continue }
          scenes[turn.scene, default: []].append(
            SpeechRequest.Clip(
              prompt: line.text, audioURL: ClipSource.job(key: key).audioURL,
              speakerID: turn.speaker))
        }
        return .whole
      }
      for line in lines {
        acknowledged.removeAll { $0.batch == addition.batch && $0.line == line.id }
        acknowledged.append(
          Acknowledged(batch: addition.batch, line: line.id, text: line.text))
      }
    }
  }

  /// The request of a line, after these turns of its scene.
  private func request(_ line: Line, after turns: [SpeechRequest.Clip]) -> SpeechRequest {
    let scene = [SpeechRequest.Turn(text: line.text, speakerID: line.turn?.speaker ?? 0)]
    guard line.turn != nil else { return SpeechRequest(scene: scene) }
    let clips = voices.enumerated().map { $1.context(as: $0) }
    return SpeechRequest(scene: scene, context: clips + turns.suffix(Self.chain))
  }

  /// Draws the acts of people in a run, each with its time.
  static func drawn(_ scenario: Scenario, generator: inout SeededGenerator) -> [(
    at: Timestamp, act: Act
  )] {
    var acts: [(at: Timestamp, act: Act)] = []
    func moment(_ seconds: ClosedRange<Double>, _ generator: inout SeededGenerator) -> Timestamp {
      scenario.start + generator.seconds(seconds)
    }
    let lines = Self.lines(scenario, generator: &generator)
    let batches = generator.whole(1...4)
    for batch in 0..<batches {
      let part = lines.indices.filter { $0 % batches == batch }.map { lines[$0] }
      let at = batch == 0 ? scenario.start : moment(0...7200, &generator)
      let budget = generator.happens(0.3) ? Self.budget(scenario, generator: &generator) : nil
      acts.append((at, .add(batch: "b\(batch)", part, budget: budget)))
    }
    for _ in 0..<generator.whole(0...3) {
      let limit = generator.happens(0.3) ? nil : Self.budget(scenario, generator: &generator)
      let batch = "b\(generator.whole(0...3))"
      acts.append((moment(0...36_000, &generator), .budget(batch: batch, limit)))
    }
    for _ in 0..<generator.whole(0...2) where generator.happens(0.3) {
      let states: Set<JobState.Name> =
        generator.happens(0.5) ? [.failed, .cancelled, .stored] : [.held]
      acts.append((moment(60...36_000, &generator), .reroll(states, takes: generator.whole(1...2))))
    }
    if generator.happens(0.3) {
      // The author corrects some words, and adds the file again.
      let mended = lines.prefix(20).map { line in
        let text = generator.happens(0.3) ? "Mended: \(line.text)" : line.text
        return Line(id: line.id, text: text, take: 1, turn: line.turn)
      }
      let isPruning = generator.happens(0.3)
      acts.append(
        (moment(0...3600, &generator), .add(batch: "b0", mended, isPruning: isPruning)))
    }
    for _ in 0..<generator.whole(0...3) {
      let at = moment(0...7200, &generator)
      acts.append((at, .pause))
      acts.append((at + generator.seconds(1...1800), .resume))
    }
    for _ in 0..<generator.whole(0...4) {
      let ids = (0..<generator.whole(1...10)).compactMap { _ in generator.element(of: lines)?.id }
      acts.append((moment(0...7200, &generator), .cancel(ids)))
    }
    if generator.happens(0.1) { acts.append((moment(0...7200, &generator), .cancelBatch("b0"))) }
    for _ in 0..<generator.whole(0...4) {
      let states: Set<JobState.Name> = generator.happens(0.5) ? [.failed, .held] : [.failed]
      acts.append((moment(60...36_000, &generator), .retry(states)))
    }
    if generator.happens(0.05) { acts.append((moment(3600...7200, &generator), .pause)) }
    return acts
  }

  /// A budget from a tenth of the cost of all jobs to all of it.
  private static func budget(_ scenario: Scenario, generator: inout SeededGenerator) -> Money {
    let cost = scenario.rules.price.of(characters: scenario.jobs * Line.characters).microDollars
    return Money(microDollars: cost / Int64(generator.whole(1...10)))
  }

  private static func lines(_ scenario: Scenario, generator: inout SeededGenerator) -> [Line] {
    var lines: [Line] = []
    for number in 1...scenario.jobs {
      let words = "Line \(number) of run \(scenario.seed), spoken once and only once."
      let isRepeated = generator.happens(0.05)
      let text = isRepeated ? generator.element(of: lines)?.text ?? words : words
      var line = Line(id: "l\(number)", text: text, take: generator.happens(0.05) ? 2 : 1)
      // Two thirds of the lines are turns, in scenes of about twelve.
      if scenario.speaksInVoices, number % 3 > 0 { line.turn = (number % 2, number / 18) }
      lines.append(line)
    }
    return lines
  }
}
