import Servers
import Synchronization
import Testing

/// Every fault of the table at every call, for many lines in one night.
///
/// Each line must be in the state that the table names while the fault lasts, and end well afterwards, with
/// one POST each.
@Suite("Each fault of HTTP at each call")
struct FaultMatrixTests {
  /// Whether faults are played, for scripts that outlive the first part of a test.
  private final class Switch: Sendable {
    private let state = Atomic(true)
    var isOn: Bool { state.load(ordering: .relaxed) }
    func turnOff() { state.store(false, ordering: .relaxed) }
  }

  // All lines are in flight at once, on a busy machine. A good line's submit must not time out: it would
  // be UNKNOWN, and rightly never posted again.
  private static let settings = [
    "CSM_MAX_IN_FLIGHT": "1000", "CSM_GATE_PROBE": "100ms", "CSM_SUBMIT_TIMEOUT": "30s",
    "CSM_MAX_AUDIO_BYTES": "1MB",
  ]

  @Test(
    "affects one line, while all other lines go on",
    arguments: [
      ScriptedFal.Call.submit, .status, .result, .download,
    ])
  func each(_ call: ScriptedFal.Call) async throws {
    let stage = try await Stage(Self.settings)
    let faults = Dictionary(uniqueKeysWithValues: Fault.all.map { ($0.text, $0) })
    let lasting = Switch()
    let fal = try ScriptedFal { asked in
      // The listing is empty: a lost submit is not found, and stays lost.
      if asked.call == .listing { return lasting.isOn ? .http(200, #"{"items": []}"#) : nil }
      guard lasting.isOn, asked.call == call else { return nil }
      return faults[asked.text]?.answer
    }
    // Two good lines after each show that fal answers, and that no other line is held up.
    let lines = Fault.all.enumerated().flatMap { number, fault in
      [fault.text, "Good line \(number).", "Other good line \(number)."]
    }
    _ = try await stage.enqueue(
      "add", try stage.write(lines.joined(separator: "\n"), to: "a.txt"), "--cast", "auto")
    let daemon = try await stage.daemon(fal.settings)

    await demandNone("was met") {
      Fault.all.filter { fault in
        let isOver =
          call == .submit || fault.isSlow || Self.ended.contains(fault.state(during: call))
        return fal.calls(call, fault.text) < (isOver ? 1 : 2)
      }.map(\.name)
    }
    await demandNone("is where it must be while \(call.rawValue) fails") {
      let states = try await states(stage)
      return Fault.all.filter { states[$0.text] != $0.state(during: call) }
        .map { "\($0.name): \(states[$0.text] ?? "?"), not \($0.state(during: call))" }
    }
    lasting.turnOff()
    await demandNone("has ended well afterwards") {
      let states = try await states(stage)
      // csmd waits longer for a hanging result than this test lasts.
      return Fault.all.filter { fault in
        if fault.isSlow, call == .result { return false }
        let earlier = fault.state(during: call)
        return states[fault.text] != (Self.ended.contains(earlier) ? earlier : "STORED")
      }.map { "\($0.name): \(states[$0.text] ?? "?")" }
    }
    await demandNone("without a fault is stored") {
      let states = try await states(stage)
      return lines.filter { $0.contains("ood line") && states[$0] != "STORED" }
    }
    // A refusal that may concern all lines is tried again a few times.
    let denied = [400, 404, 405, 406, 409, 410, 411, 415, 417, 418, 421, 451]
      .map { "\($0) in fal's words makes trouble." }
    demandLedger(
      fal, lines: lines, again: call == .submit ? Set(denied + ["425 makes trouble."]) : [])
    try await stage.demandSoundStore()
    // An unoptimised build, with a window of 1000 full of requests.
    #expect((daemon.peakMemory ?? .max) < 80 << 20, "\((daemon.peakMemory ?? 0) >> 20) MiB")
  }

  private static let ended = ["STORED", "FAILED", "HELD", "CANCELLED"]

  /// Waits until no line is left in a wrong state, and names those that are.
  private func demandNone(
    _ what: String, _ others: () async throws -> [String]
  ) async {
    do {
      try await eventually(what) { try await others().isEmpty }
    } catch {
      let left = (try? await others()) ?? ["\(error)"]
      Issue.record("every line \(what), but for\n\(left.joined(separator: "\n"))")
    }
  }

  private func states(_ stage: Stage) async throws -> [String: String] {
    try await stage.lines().reduce(into: [:]) { states, line in
      if let text = line["text"] as? String { states[text] = line["state"] as? String }
    }
  }

  /// Checks that each line has one POST, except those refused for now, and that only the queue got the key.
  private func demandLedger(_ fal: ScriptedFal, lines: [String], again: Set<String> = []) {
    let counts = Dictionary(fal.posts.map { ($0, 1) }, uniquingKeysWith: +)
    for line in lines {
      let count = counts[line] ?? 0
      #expect(
        again.contains(line) ? (2...6).contains(count) || line.hasPrefix("425") : count == 1,
        "\(count) POSTs of: \(line)")
    }
    #expect(fal.requestsToCDN.allSatisfy { !$0.contains("localfal:secret") })
  }
}

extension Fault {
  /// The state of a line while the fault affects this call.
  fileprivate func state(during call: ScriptedFal.Call) -> String {
    switch call {
    case .submit: submit
    case .status: status
    case .result: result
    case .download: download
    case .cancel, .listing, .probe: "UNKNOWN"
    }
  }
}
