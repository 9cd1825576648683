import CSMCore
import CSMFFmpeg
import CSMFiles
import Dispatch
import Foundation
import Synchronization

/// Makes stored audio into another form, as many files at a time as there are processors.
struct Converter: Sendable {
  let form: Conversion
  let ffmpeg: FFmpeg
  let store: AudioStore

  /// One file that is to be made.
  struct Wanted: Sendable {
    let digest: Digest
    /// The extension of what the audio is.
    let ext: String
    /// What a complaint calls it.
    let name: String
  }

  /// What is worth making together.
  static var crowd: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) * 2 }

  /// Makes all of them; each comes to its bytes or its own error.
  func convert(_ wanted: [Wanted]) -> [Digest: Result<[UInt8], any Error>] {
    let made = Mutex<[Digest: Result<[UInt8], any Error>]>([:])
    let next = Mutex(0)
    let processors = max(1, ProcessInfo.processInfo.activeProcessorCount)
    DispatchQueue.concurrentPerform(iterations: min(processors, wanted.count)) { _ in
      while let place = next.withLock({ next -> Int? in
        defer { next += 1 }
        return next < wanted.count ? next : nil
      }) {
        let result = Result { try convert(wanted[place]) }
        made.withLock { $0[wanted[place].digest] = result }
      }
    }
    return made.withLock { $0 }
  }

  private func convert(_ wanted: Wanted) throws -> [UInt8] {
    var audio = Data()
    try store.read(wanted.digest) { audio.append(contentsOf: $0) }
    return try ffmpeg.convert(audio, ext: wanted.ext, to: form, for: wanted.name)
  }
}
