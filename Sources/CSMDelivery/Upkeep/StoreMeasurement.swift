import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// Measures stored audio that csmd did not measure.
///
/// This is audio stored by a version that did not measure, and audio that only ffmpeg reads.
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
    /// Why others were not measured, one sentence each.
    package var failures: [String] = []
    /// Compressed objects that were not measured because ffmpeg is not installed.
    package var compressed = 0
  }

  /// How many measurements are written in one transaction; csmd never waits for more than one.
  private static let group = 200

  /// - Parameter progress: called after each group with the objects done, and all of them.
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
      sentences.append("and \(Figures.count(failures.count - 20)) more like these")
    }
    sentences.append("\(Figures.count(measured, "object")) measured")
    if compressed > 0 {
      sentences.append(
        "\(Figures.count(compressed, "object")) not measured: install ffmpeg to read compressed audio"
      )
    }
    return sentences
  }

  package var json: JSONObject {
    ["measured": measured, "compressed": compressed, "failures": failures]
  }
}
