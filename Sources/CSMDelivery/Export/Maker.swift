import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMWorkplace
import Dispatch
import Foundation
import Synchronization

/// Makes files of stored audio, as many at a time as there are processors.
struct Maker: Sendable {
  /// Nil where none is installed.
  let ffmpeg: FFmpeg?
  let store: AudioStore

  /// One file that is to be made.
  struct Wanted: Sendable {
    let digest: Digest
    let recipe: Recipe
    /// What a complaint calls it.
    let name: String
  }

  /// A file in memory.
  struct Made: Sendable {
    let bytes: [UInt8]
    let digest: Digest
    let isClipped: Bool
  }

  /// What is worth making together.
  static var crowd: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) * 2 }

  /// Makes all of them; each comes to its file or its own error.
  func make(_ wanted: [Wanted]) -> [Result<Made, any Error>] {
    concurrently(wanted) { try make($0) }
  }

  private func make(_ wanted: Wanted) throws -> Made {
    let recipe = wanted.recipe
    var bytes: [UInt8] = []
    try store.read(wanted.digest) { bytes.append(contentsOf: $0) }
    var isClipped = false
    if recipe.changesSound {
      var sound = try sound(bytes, recipe.source, wanted.name)
      isClipped = sound.treat(recipe)
      bytes = sound.wav
    }
    if let conversion = recipe.conversion {
      guard let ffmpeg else { throw Self.noFFmpeg }
      bytes = try ffmpeg.convert(
        Data(bytes), ext: recipe.changesSound ? "wav" : recipe.source, to: conversion,
        tags: recipe.tags?.fields ?? [], for: wanted.name)
    }
    // ffmpeg has written them.
    if recipe.conversion == nil, let tags = recipe.tags, recipe.ext == "wav" {
      bytes = tags.written(into: bytes)
    }
    return Made(bytes: bytes, digest: Digest(of: bytes), isClipped: isClipped)
  }

  /// Stored audio as numbers.
  func sound(of digest: Digest, ext: String, for name: String) throws -> Sound {
    var bytes: [UInt8] = []
    try store.read(digest) { bytes.append(contentsOf: $0) }
    return try sound(bytes, ext, name)
  }

  private func sound(_ bytes: [UInt8], _ ext: String, _ name: String) throws -> Sound {
    if ext == "wav", let (sound, _) = try? Sound.read(wav: bytes) { return sound }
    guard let ffmpeg else { throw Self.noFFmpeg }
    let wav = try ffmpeg.samples(of: Data(bytes), ext: ext, for: name)
    guard let (sound, _) = try? Sound.read(wav: wav) else {
      throw Failure("\(name): ffmpeg found no sound in it", FFmpeg.badInput)
    }
    return sound
  }

  private static var noFFmpeg: Failure {
    Failure("this needs ffmpeg, and none is installed", .unavailable)
  }
}

extension Sound {
  /// Cuts, makes louder or quieter, and changes the rate; the ends of what is cut are silence.
  ///
  /// - Returns: whether some of it is louder than a file can hold.
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

/// Does the same with all values, as many at a time as there are processors; the results are in their order.
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

/// Work that goes on beside what is done until its value is asked for.
final class Beside<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>>(.failure(CancellationError()))
  private let ended = DispatchGroup()

  init(_ body: @escaping @Sendable () throws -> Value) {
    DispatchQueue.global().async(group: ended) {
      let value = Result(catching: body)
      self.result.withLock { $0 = value }
    }
  }

  /// Waits for it; throws what the work threw.
  func value() throws -> Value {
    ended.wait()
    return try result.withLock { $0 }.get()
  }
}
