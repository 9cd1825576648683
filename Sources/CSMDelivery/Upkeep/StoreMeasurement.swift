import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// Measures the audio of the store that was not measured when it came: what is older than the figures, and
/// what only ffmpeg reads.
package struct StoreMeasurement {
  private let workplace: Workplace
  private let store: AudioStore
  private let program = FFmpeg.find()

  package init(workplace: Workplace, store: AudioStore) {
    self.workplace = workplace
    self.store = store
  }

  package struct Report {
    package var measured = 0
    /// Why others were not, a sentence each.
    package var failures: [String] = []
    /// Compressed audio, and no ffmpeg.
    package var compressed = 0
  }

  /// Measurements that are written down together: csmd waits for a write no longer than for these.
  private static let group = 200

  /// - Parameter progress: told after each group how many of all are done.
  package func run(progress: (_ done: Int, _ all: Int) -> Void) throws -> Report {
    var report = Report()
    let digests = try workplace.reading { try $0.unmeasured() }
    for start in stride(from: 0, to: digests.count, by: Self.group) {
      let part = digests[start..<min(start + Self.group, digests.count)]
      let found = part.compactMap { measured($0, &report) }
      if !found.isEmpty { try workplace.writing { try $0.save(found) } }
      report.measured += found.count
      progress(start + part.count, digests.count)
    }
    return report
  }

  private func measured(_ digest: Digest, _ report: inout Report) -> JobTable.Measurement? {
    do {
      let (info, measure) = try store.measure(digest)
      if let measure {
        return .init(
          digest: digest, measure: measure, milliseconds: info.durationMilliseconds)
      }
      guard let program else {
        report.compressed += 1
        return nil
      }
      let path = store.path(of: digest)
      let wav = try AudioInfo.measure(try program.samples(of: path, info.container))
      guard let measure = wav.measure else {
        throw Failure("\(path): ffmpeg found no sound in it", .badInput)
      }
      return .init(
        digest: digest, measure: measure,
        milliseconds: info.durationMilliseconds ?? wav.info.durationMilliseconds)
    } catch {
      report.failures.append(
        (error as? Failure)?.sentences.joined(separator: "; ")
          ?? "\(store.path(of: digest)): \(error)")
      return nil
    }
  }
}

extension StoreMeasurement.Report {
  package var isWhole: Bool { failures.isEmpty && compressed == 0 }

  package var sentences: [String] {
    var sentences = Array(failures.prefix(20))
    if failures.count > 20 {
      sentences.append("and \(Figures.count(failures.count - 20)) more such")
    }
    sentences.append("\(Figures.count(measured, "object")) measured")
    if compressed > 0 {
      sentences.append(
        "\(Figures.count(compressed, "object")) not measured: install ffmpeg, which reads compressed audio"
      )
    }
    return sentences
  }

  package var json: JSONObject {
    ["measured": measured, "compressed": compressed, "failures": failures]
  }
}
