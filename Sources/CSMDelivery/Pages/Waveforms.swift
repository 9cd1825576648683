import CSMCore
import CSMFFmpeg
import CSMFiles
import Dispatch
import Foundation
import Synchronization

/// The waveforms of recordings in the store: of WAV files, and with ffmpeg also of others.
package struct Waveforms: Sendable {
  private let store: AudioStore
  private let program = FFmpeg.find()

  package init(store: AudioStore) { self.store = store }

  /// A recording's waveform, or why there is none.
  package enum Waveform: Sendable, Equatable {
    case drawn(Peaks)
    /// It is compressed, and ffmpeg is not installed.
    case unread
    /// Its file is missing or cannot be read.
    case unreadable
  }

  /// Reads all of them, as many at a time as there are processors.
  package func all(of digests: Set<Digest>) -> [Digest: Waveform] {
    let wanted = Array(digests)
    let found = Mutex<[Digest: Waveform]>([:])
    DispatchQueue.concurrentPerform(iterations: wanted.count) { place in
      let waveform = waveform(of: wanted[place])
      found.withLock { $0[wanted[place]] = waveform }
    }
    return found.withLock { $0 }
  }

  private func waveform(of digest: Digest) -> Waveform {
    do {
      let (info, peaks) = try store.peaks(digest)
      if let peaks { return .drawn(peaks) }
      guard let program else { return .unread }
      let wav = try program.samples(of: store.path(of: digest), info.container)
      return try AudioInfo.peaks(wav: wav).map(Waveform.drawn) ?? .unreadable
    } catch {
      return .unreadable
    }
  }
}
