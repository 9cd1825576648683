import CSMCore
import CSMSQLite
import Foundation

// A line, for people and scripts.

extension LineRow {
  /// - Parameter path: where the audio is in the store; nil if there is none.
  package func json(path: String?) -> JSONObject {
    [
      "id": id, "line": line, "batch": batch, "state": state, "take": take, "takes": takes,
      "former": former, "request_id": requestID, "submits": submits, "attempts": attempts,
      "error_class": errorClass, "error": error, "text": text, "sent": sent,
      "speaker": whoSpeaks, "voice": voice, "scene": scene, "turn": turn,
      "waits_for": waitsFor?.name, "waits_for_lines": waitsFor?.lines, "chars": characters,
      "cost_usd": cost?.decimal, "digest": digest?.hex, "path": path, "bytes": bytes,
      "duration_s": seconds, "checks": shownMarks, "check_names": shownChecks,
      "accepted": isAccepted, "pinned": isPinned, "reroll": isReroll, "verdict": verdict?.json,
      "priority": priority,
      "created_at": createdAt.rfc3339, "updated_at": updatedAt.rfc3339,
      "finished_at": finishedAt?.rfc3339, "source_file": sourceFile, "source_line": sourceLine,
      "meta": metaValues, "added_by": author?.name, "added_uid": author?.uid,
    ]
  }
}

extension WaitsFor {
  fileprivate var name: String {
    switch self {
    case .turns: "turns"
    case .budget: "budget"
    }
  }

  fileprivate var lines: [String]? { if case .turns(let lines) = self { lines } else { nil } }
}

extension LineRow {
  /// The names of the marks on the audio; empty if nothing is wrong, nil before there is audio.
  package var shownChecks: [String]? { digest == nil ? nil : marks.map(\.check.rawValue) }

  /// The marks with severity and figure, as JSON.
  package var shownMarks: [JSONObject]? { digest == nil ? nil : marks.map(\.json) }

  /// The playing time in seconds, exact to the millisecond.
  package var seconds: Decimal? { durationMilliseconds.map { Decimal($0) / 1000 } }

  /// Everything else that the author's file says about the line; null for nothing.
  package var metaValues: JSONValue {
    meta.flatMap { try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) } ?? .null
  }

  /// The speaker: the author's name or number, or else fal's number; null for nobody.
  ///
  /// Where the author gives none, fal's number 0 stands for nobody, except in a dialogue.
  package var whoSpeaks: JSONValue {
    guard let speaker else {
      return speakerID == 0 && turn == nil ? .null : speakerID.map(JSONValue.integer) ?? .null
    }
    // No name is a single digit.
    guard speaker.utf8.count == 1, let number = Int(speaker) else { return .string(speaker) }
    return .integer(number)
  }

  /// The speaker as text; nil for nobody.
  package var speakerName: String? { whoSpeaks.written }

  /// What keeps the line from getting further, in a few words.
  package var why: String {
    switch waitsFor {
    case .turns([]): "after turns of another batch"
    case .turns(let lines): "after \(lines.joined(separator: ", "))"
    case .budget: "budget"
    case nil: former?.rawValue ?? errorClass ?? marks.map(\.check.rawValue).joined(separator: ",")
    }
  }
}

extension Verdict {
  package var json: JSONObject {
    [
      "verdict": grade.rawValue, "score": score, "transcript": transcript, "reason": reason,
    ]
  }
}

extension AudioMark {
  package var json: JSONObject {
    [
      "name": check.rawValue, "severity": check.severity.rawValue,
      "figure": figure.map { ($0 * 1000).rounded() / 1000 },
    ]
  }
}

extension Money {
  /// The amount in dollars, exact.
  package var decimal: Decimal { Decimal(microDollars) / 1_000_000 }
}
