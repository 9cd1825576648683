import CSMCore
import CSMReports
import CSMSQLite

/// A part of the list of lines, as JSON.
struct LinesView {
  let json: JSONObject

  /// How many characters of a text are sent; `LineView` sends all of it.
  private static let textMax = 400

  /// Which lines are wanted, in which order.
  struct Query: Sendable {
    var states: Set<JobState.Name> = []
    var batch: String?
    var text: String?
    var voice: String?
    /// The name of a check, or `any`.
    var mark: String?
    /// The order; a search ignores it and uses the order of adding.
    var order = LineOrder.added
    var offset = 0
    var limit = 100
    /// Whether the total number is wanted, too.
    var isCounted = true
    /// Where a search continues.
    var place = LinePlace.start

    /// Whether an index finds these lines; a search has to look at each line.
    var isPlain: Bool { text == nil && voice == nil && mark == nil }

    var selection: Selection {
      var selection = Selection()
      selection.states = states
      selection.batch = batch
      selection.text = text
      selection.voices = voice.map { [$0] } ?? []
      if mark != nil { selection.states = [.stored] }
      return selection
    }

    func isWanted(_ line: LineRow) -> Bool {
      guard let mark else { return true }
      return line.marks.contains { mark == "any" || $0.check.rawValue == mark }
    }
  }

  /// - Parameter isOver: whether a search has to answer now, with what it has found.
  init(_ query: Query, _ table: JobTable, isOver: () -> Bool) throws {
    if query.isPlain {
      let lines = try table.browse(
        states: query.states, batch: query.batch, order: query.order, offset: query.offset,
        limit: query.limit)
      let isCounted = query.states.isEmpty && query.isCounted && query.order.key != .ended
      let total = isCounted ? try table.count(query.selection) : nil
      json = ["lines": lines.map(Self.line), "offset": query.offset, "total": total]
    } else {
      let stretch = try table.search(
        query.selection, after: query.place, limit: query.limit, where: query.isWanted,
        until: isOver)
      json = [
        "lines": stretch.lines.map(Self.line), "looked": stretch.looked,
        "next": stretch.next.map { "\($0.job).\($0.item)" },
      ]
    }
  }

  static func line(_ line: LineRow) -> JSONObject {
    [
      "batch": line.batch, "line": line.line, "job": line.id, "state": line.state.rawValue,
      "take": line.take, "takes": line.takes, "text": String(line.text.prefix(textMax)),
      "chars": line.characters, "speaker": line.whoSpeaks, "voice": line.voice,
      "cost_usd": line.cost?.decimal,
      "digest": line.digest?.hex, "duration_s": line.seconds, "checks": line.shownMarks,
      "why": String(line.why.prefix(textMax)),
      "error": line.complaint.map { String($0.prefix(textMax)) },
    ]
  }
}
