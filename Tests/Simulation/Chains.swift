import CSMCore
import Foundation
import GRDB

/// What must be true of turns that need the turns before them.
struct Chains {
  private struct Turn {
    let id: Int64
    let input: SpeechRequest
    let template: SpeechRequest
    let waits: Bool
    let state: JobState.Name
  }

  private let turns: [Turn]
  private let needs: [Int64: [Int64]]
  private let keys: [String: CheckedJob]
  private let jobs: [Int64: CheckedJob]
  private let histories: [Int64: History]

  init(_ db: Database, _ jobs: [CheckedJob], _ histories: [Int64: History]) throws {
    self.jobs = Dictionary(uniqueKeysWithValues: jobs.map { ($0.id, $0) })
    self.histories = histories
    let decoder = JSONDecoder()
    turns = try Row.fetchAll(
      db, sql: "SELECT id, template, waits_for FROM job WHERE template IS NOT NULL"
    ).compactMap { [byID = self.jobs] row in
      guard let job = byID[row["id"]] else { return nil }
      let template = try decoder.decode(
        SpeechRequest.self, from: Data((row["template"] as String).utf8))
      return Turn(
        id: job.id, input: job.input, template: template,
        waits: row["waits_for"] as String? == "turns", state: job.state)
    }
    needs = try Row.fetchAll(
      db, sql: "SELECT job_id, needs_id FROM job_need ORDER BY job_id, ordinal"
    )
    .reduce(into: [:]) { $0[$1["job_id"], default: []].append($1["needs_id"]) }
    keys = try Row.fetchAll(db, sql: "SELECT id, hex(key) AS key FROM job").reduce(into: [:]) {
      [byID = self.jobs] keys, row in
      keys[(row["key"] as String).lowercased()] = byID[row["id"]]
    }
  }

  func complaints() -> [String] {
    turns.flatMap { turn -> [String] in
      let first = claims(of: turn.id).first
      let unended = (needs[turn.id] ?? []).filter { !wasSettled($0, before: first ?? .max) }
      if turn.waits {
        return unended.isEmpty ? ["job \(turn.id) waits for turns that have all ended"] : []
      }
      guard unended.isEmpty || (first == nil && turn.state != .queued) else {
        return ["job \(turn.id) did not wait for \(unended)"]
      }
      // One that was cancelled while it waited has no input to send.
      guard first != nil || turn.state == .queued else { return [] }
      let expected = context(of: turn, before: first ?? .max)
      return turn.input.context == expected
        ? [] : ["job \(turn.id) has another context: \(turn.input.context), not \(expected)"]
    }
  }

  /// The clips that the turn is to have: the voices, then what was spoken by then.
  private func context(of turn: Turn, before moment: Int64) -> [SpeechRequest.Clip] {
    turn.template.context.compactMap { clip in
      guard clip.audioURL.hasPrefix("job:") else { return clip }
      guard let job = keys[String(clip.audioURL.dropFirst(4))], let digest = job.digest,
        state(of: job.id, before: moment) == .stored
      else { return nil }
      return SpeechRequest.Clip(
        prompt: job.input.text, audioURL: "sha256:\(digest.hex)", speakerID: clip.speakerID)
    }
  }

  private func claims(of job: Int64) -> [Int64] {
    histories[job]?.steps.filter { $0.to == .submitting }.map(\.number) ?? []
  }

  private func wasSettled(_ job: Int64, before moment: Int64) -> Bool {
    [.stored, .failed, .cancelled].contains(state(of: job, before: moment))
  }

  private func state(of job: Int64, before moment: Int64) -> JobState.Name {
    histories[job]?.steps.last { $0.number < moment }?.to ?? .queued
  }
}
