import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMWorkplace
import Dispatch
import Foundation
import Synchronization

/// Makes files of stored audio, as many at a time as there are processors.
struct Maker: Sendable {
  /// Nil if ffmpeg is not installed.
  let ffmpeg: FFmpeg?
  let store: AudioStore

  /// A file to make.
  struct Wanted: Sendable {
    let digest: Digest
    let recipe: Recipe
    /// Its name in error messages.
    let name: String
  }

  /// A file in memory.
  struct Made: Sendable {
    let bytes: [UInt8]
    let digest: Digest
    let isClipped: Bool
  }

  /// How many files are worth making together.
  static var crowd: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) * 2 }

  /// Makes all of them; each gives a file or an error of its own.
  func make(_ wanted: [Wanted]) -> [Result<Made, any Error>] {
    concurrently(wanted) { try make($0) }
  }

  private func make(_ wanted: Wanted) throws -> Made {
    let recipe = wanted.recipe
    var bytes = try store.bytes(of: wanted.digest)
    var isClipped = false
    if recipe.changesSound {
      var sound = try sound(bytes, recipe.source, wanted.name)
      isClipped = sound.treat(recipe)
      bytes = sound.wav
    }
    if let conversion = recipe.conversion {
      let ffmpeg = try demandFFmpeg()
      bytes = try ffmpeg.convert(
        Data(bytes), to: conversion, tags: recipe.tags?.fields ?? [], for: wanted.name)
    } else if let tags = recipe.tags {
      bytes = try tagged(bytes, tags, recipe.ext, wanted.name)
    }
    return Made(bytes: bytes, digest: Digest(of: bytes), isClipped: isClipped)
  }

  private func tagged(
    _ bytes: [UInt8], _ tags: Tags, _ ext: String, _ name: String
  ) throws -> [UInt8] {
    if let wav = tags.written(into: bytes) { return wav }
    let ffmpeg = try demandFFmpeg()
    return try ffmpeg.tag(Data(bytes), ext: ext, tags.fields, for: name)
  }

  /// Decodes stored audio into samples.
  func sound(of digest: Digest, ext: String, for name: String) throws -> Sound {
    try sound(try store.bytes(of: digest), ext, name)
  }

  private func sound(_ bytes: [UInt8], _ ext: String, _ name: String) throws -> Sound {
    if ext == "wav", let (sound, _) = try? Sound.read(wav: bytes, isWhole: true) { return sound }
    let ffmpeg = try demandFFmpeg()
    let wav = try ffmpeg.samples(of: Data(bytes), for: name)
    guard let (sound, _) = try? Sound.read(wav: wav) else {
      throw Failure("\(name): ffmpeg found no sound in it", FFmpeg.badInput)
    }
    return sound
  }

  /// Throws `Failure` if ffmpeg is not installed.
  func demandFFmpeg() throws -> FFmpeg {
    guard let ffmpeg else {
      throw Failure("this needs ffmpeg, which is not installed", .unavailable)
    }
    return ffmpeg
  }
}

extension Sound {
  /// Applies the recipe's cut, which removes silence only, its gain, and its rate.
  ///
  /// - Returns: whether samples are louder than a file can hold.
  mutating func treat(_ recipe: Recipe) -> Bool {
    if let cut = recipe.cut {
      let first = min(samples.count, cut.lead * rate / 1000)
      let end = max(first, samples.count - cut.tail * rate / 1000)
      samples = Array(samples[first..<end])
    }
    if let gain = recipe.gain {
      let factor = Float(pow(10, gain / 20))
      for index in samples.indices { samples[index] *= factor }
    }
    if let rate = recipe.rate { self = resampled(to: rate) }
    return recipe.gain != nil && samples.contains { abs($0) > 1 }
  }
}

/// Maps all values, as many at a time as there are processors; the results are in the order of the values.
func concurrently<Value: Sendable, Made: Sendable>(
  _ values: [Value], _ body: @Sendable (Value) throws -> Made
) -> [Result<Made, any Error>] {
  let made = Mutex<[Int: Result<Made, any Error>]>([:])
  let next = Mutex(0)
  let processors = max(1, ProcessInfo.processInfo.activeProcessorCount)
  DispatchQueue.concurrentPerform(iterations: min(processors, values.count)) { _ in
    while let place = next.withLock({ next -> Int? in
      defer { next += 1 }
      return next < values.count ? next : nil
    }) {
      let result = Result { try body(values[place]) }
      made.withLock { $0[place] = result }
    }
  }
  return made.withLock { made in values.indices.compactMap { made[$0] } }
}

/// Work that runs on another thread until its value is asked for.
final class Beside<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>>(.failure(CancellationError()))
  private let ended = DispatchGroup()

  init(_ body: @escaping @Sendable () throws -> Value) {
    DispatchQueue.global().async(group: ended) {
      let value = Result(catching: body)
      self.result.withLock { $0 = value }
    }
  }

  /// Waits for the value; throws the error that the work threw.
  func value() throws -> Value {
    ended.wait()
    return try result.withLock { $0 }.get()
  }
}
