import CSMFiles
import CSMWorkplace
import Foundation

/// A clip given by its author: a WAV file, or anything that an installed ffmpeg can read.
package struct ClipFile {
  private let path: String

  package init(path: String) { self.path = path }

  /// Larger than a clip of 30 s in any format.
  private static let bytesMax = 64 << 20

  /// Reads the clip as one channel.
  ///
  /// - Returns: the sound, and how it was converted, for people.
  /// - Throws: `Failure`.
  package func read() throws -> (sound: Sound, origin: String) {
    let bytes = try bytes()
    let fault: AudioFault
    do {
      let (sound, format) = try Sound.read(wav: bytes)
      return (sound, Self.origin(format))
    } catch let error as AudioFault {
      fault = error
    }
    guard let program = FFmpeg.find() else {
      let what = bytes.starts(with: "RIFF".utf8) ? "\(fault)" : "this is not a WAV file"
      throw Failure(
        "\(path): \(what): convert it to WAV (PCM of 8 to 32 bits, or floating point), or install ffmpeg "
          + "to let csm read it", .badInput)
    }
    let wav = try program.wav(of: path)
    guard let (sound, _) = try? Sound.read(wav: wav) else {
      throw Failure("\(path): ffmpeg found no audio in it", .badInput)
    }
    return (sound, "converted by ffmpeg")
  }

  private func bytes() throws -> [UInt8] {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("read", path) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      let data = try file.read(upToCount: Self.bytesMax + 1) ?? Data()
      guard data.count <= Self.bytesMax else {
        throw Failure(
          "\(path): larger than \(Self.bytesMax >> 20) MiB: cut the clip to 3 to 30 s", .badInput)
      }
      return [UInt8](data)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure("\(path) cannot be read: is it a file?", .noInput)
    }
  }

  /// Such as `converted from 44.1 kHz stereo, 16 bits`.
  private static func origin(_ format: SoundFormat) -> String {
    let rate = String(format: "%.1f", Double(format.rate) / 1000)
    let kilohertz = rate.hasSuffix(".0") ? String(rate.dropLast(2)) : rate
    let channels =
      switch format.channels {
      case 1: "mono"
      case 2: "stereo"
      default: "\(format.channels) channels"
      }
    let isAsWanted = format.rate == ClipCheck.rate && format.channels == 1 && format.bits == 16
    return isAsWanted
      ? "as it was" : "converted from \(kilohertz) kHz \(channels), \(format.bits) bits"
  }
}
