import CSMCore
import Foundation
import GRDB

/// Checks turns that need the turns before them: that they waited, and were sent with the right context.
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
  /// For each job, all takes of its lines.
  private let takes: [Int64: Set<Int64>]
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
    takes = try Self.takes(db)
  }

  private static func takes(_ db: Database) throws -> [Int64: Set<Int64>] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT one.job_id AS one, other.job_id AS other
        FROM batch_item AS one
        JOIN batch_item AS other ON other.batch_id = one.batch_id AND other.line = one.line
        """
    ).reduce(into: [:]) { $0[$1["one"], default: []].insert($1["other"]) }
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
      // A turn that was cancelled while it waited has no input to send.
      guard first != nil || turn.state == .queued else { return [] }
      let expected = context(of: turn, before: first ?? .max)
      var rest = turn.input.context[...]
      let isComplete = expected.allSatisfy { place in
        guard let clip = rest.first, place.clips.contains(clip) else { return place.mayBeEmpty }
        rest = rest.dropFirst()
        return true
      }
      return isComplete && rest.isEmpty
        ? [] : ["job \(turn.id) has another context: \(turn.input.context), not of \(expected)"]
    }
  }

  /// A place in the context, and the clips that may fill it.
  private struct Place {
    let clips: [SpeechRequest.Clip]
    /// Whether it may be empty: another take may have filled it after the context was made.
    var mayBeEmpty = false
  }

  /// The clips that the turn should have: the voices, then any take of the turns spoken by `moment`.
  private func context(of turn: Turn, before moment: Int64) -> [Place] {
    turn.template.context.compactMap { clip in
      guard clip.audioURL.hasPrefix("job:") else { return Place(clips: [clip]) }
      guard let job = keys[String(clip.audioURL.dropFirst(4))] else { return nil }
      let clips = takes[job.id, default: [job.id]].sorted().compactMap { take in
        jobs[take]?.digest.flatMap { digest in
          state(of: take, before: moment) == .stored
            ? SpeechRequest.Clip(
              prompt: clip.prompt, audioURL: "sha256:\(digest.hex)", speakerID: clip.speakerID)
            : nil
        }
      }
      return Place(clips: clips, mayBeEmpty: state(of: job.id, before: moment) != .stored)
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
