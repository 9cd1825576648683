import CSMCore
import CSMFFmpeg
import CSMFiles
import Dispatch
import Foundation
import Synchronization

/// The waveforms of recordings in the store: of WAV files, and of others where ffmpeg is installed.
package struct Waveforms: Sendable {
  private let store: AudioStore
  private let program = FFmpeg.find()

  package init(store: AudioStore) { self.store = store }

  /// What there is to say of a recording's waveform.
  package enum Waveform: Sendable, Equatable {
    case drawn(Peaks)
    /// It is compressed, and no ffmpeg is there to read it.
    case unread
    /// Its file is gone, or cannot be read.
    case unreadable
  }

  /// Looks at all of them, as many at a time as there are processors.
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
