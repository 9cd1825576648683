import CSMCore
import CSMDeciding
import CSMFiles
import CSMPage
import CSMReports
import CSMSQLite
import CSMWorkplace

/// The page that `review` writes: the template of CSMPage with a line of JSON for each line of the batch.
///
/// The page's own script shows them.
package struct ReviewPage {
  private let batch: String
  /// What the batch has cost so far, including takes that are not on the page.
  private let cost: Money
  private let price: Price
  private let madeAt: Timestamp
  private let audio: AudioPlaces
  private let waveforms: Waveforms

  package init(
    batch: String, cost: Money, price: Price, madeAt: Timestamp, audio: AudioPlaces,
    waveforms: Waveforms
  ) {
    self.batch = batch
    self.cost = cost
    self.price = price
    self.madeAt = madeAt
    self.audio = audio
    self.waveforms = waveforms
  }

  /// The beginning of every such page, by which a later run may replace it.
  package static let mark = PageAssets.review.beginning(lines: 2)

  /// What a line needs, the most urgent first: the order on the page.
  package enum Need: CaseIterable {
    /// It has no audio, and will not get any by itself.
    case decision
    /// Its audio has a bad mark, or an odd one.
    case anotherTake, ear
    case nothing
    /// It has no audio yet.
    case patience

    package init(_ line: LineRow) {
      switch line.state {
      case .failed, .held, .unknown, .cancelled: self = .decision
      case .stored where line.marks.contains { $0.check.severity == .bad }: self = .anotherTake
      case .stored: self = line.marks.isEmpty ? .nothing : .ear
      case .queued, .submitting, .inQueue, .inProgress, .completed: self = .patience
      }
    }
  }

  /// What is on the page that was written.
  package struct Counts: Sendable {
    /// Lines on the page.
    package var lines = 0
    /// Recordings without a waveform because ffmpeg is not installed; `unreadable` ones cannot be read.
    package var unread = 0
    package var unreadable = 0

    package init() {}
  }

  /// Writes the page's lines of text.
  ///
  /// - Parameter progress: called with the number of lines looked at.
  package func write(
    _ table: JobTable, progress: (Int) -> Void = { _ in }, _ row: (String) throws -> Void
  ) throws -> Counts {
    let look = try look(table, progress)
    let nonce = String(UInt64.random(in: .min ... .max), radix: 36)
    var text = ""
    for piece in PageAssets.review.pieces {
      switch piece {
      case .markup(let markup): text += markup
      case .place("nonce"): text += nonce
      case .place("title"): text += HTML.text(batch)
      case .place("summary"): text += summary(look.states)
      case .place("style"): text += PageAssets.style
      case .place("script"): text += PageAssets.script + "\n" + PageAssets.reviewScript
      case .place("data"):
        try row(text + HTML.data(try JSONText.line(head)))
        for need in Need.allCases { try look.items[need]?.each(row) }
        text = ""
      case .place: break
      }
    }
    try row(text)
    return look.tally
  }

  private struct Look {
    var items: [Need: UnnamedFile] = [:]
    var states: [JobState.Name: Int] = [:]
    var tally = Counts()
  }

  /// Looks at each line once, since csmd may work meanwhile.
  ///
  /// A line is thus at one place of the page, and counted in the summary as it is shown there.
  private func look(_ table: JobTable, _ progress: (Int) -> Void) throws -> Look {
    var look = Look()
    for need in Need.allCases { look.items[need] = try UnnamedFile() }
    var selection = Selection()
    selection.batch = batch
    try table.linesWithTakes(selection) { lines in
      let found = waveforms.all(of: Set(lines.flatMap(\.takes).compactMap(\.digest)))
      look.tally.unread += found.values.count { $0 == .unread }
      look.tally.unreadable += found.values.count { $0 == .unreadable }
      for line in lines {
        let json = HTML.data(try JSONText.line(item(line, found)))
        try look.items[Need(line.line)]?.append(json)
        look.states[line.line.state, default: 0] += 1
        look.tally.lines += 1
      }
      progress(look.tally.lines)
    }
    return look
  }

  private func summary(_ states: [JobState.Name: Int]) -> String {
    let counts = JobState.Name.allCases.compactMap { name in
      states[name].map { "\(Figures.count($0)) \(name.rawValue)" }
    }
    return HTML.text(
      (counts + ["\(Figures.money(cost))", "made \(madeAt.local)"]).joined(separator: " · "))
  }

  /// The page's head: what the file of decisions says of its page, and the price that the page shows.
  private var head: JSONObject {
    [
      "batch": batch, "made_at": madeAt.rfc3339,
      "price_usd_per_1000_chars": price.perThousand.decimal,
    ]
  }

  /// A line as `list --json` prints it, without fields that the page does not show.
  ///
  /// `sent` is null if it is the same as the text.
  private func item(
    _ one: JobTable.LineWithTakes, _ found: [Digest: Waveforms.Waveform]
  ) -> JSONObject {
    let line = one.line
    let takes = one.takes.count > 1 ? one.takes.map { take($0, found) } : nil
    return take(line, found).adding([
      "line": line.line, "text": line.text, "sent": line.sent == line.text ? nil : line.sent,
      "words": SeenLine.words(of: line), "chars": line.characters, "speaker": line.whoSpeaks,
      "voice": line.voice, "error_class": line.errorClass, "error": line.error,
      "takes": line.takes, "accepted": line.isAccepted, "pinned": line.isPinned, "all_takes": takes,
    ])
  }

  private func take(_ take: LineRow, _ found: [Digest: Waveforms.Waveform]) -> JSONObject {
    let waveform = take.digest.flatMap { found[$0] }
    return [
      "take": take.take, "state": take.state, "checks": take.shownMarks,
      "verdict": take.verdict?.json,
      "duration_s": take.seconds, "cost_usd": take.cost?.decimal, "digest": take.digest?.hex,
      "audio_url": audio.url(of: take), "peaks": waveform?.peaks,
      "no_peaks": waveform?.reason,
    ]
  }
}

extension Waveforms.Waveform {
  fileprivate var peaks: String? {
    if case .drawn(let peaks) = self { peaks.text } else { nil }
  }

  /// Why there are no peaks, in a sentence without a full stop; nil if there are.
  fileprivate var reason: String? {
    switch self {
    case .drawn: nil
    case .unread: "no waveform: compressed audio needs ffmpeg, which is not installed"
    case .unreadable: "no waveform: the file is missing or cannot be read"
    }
  }
}
