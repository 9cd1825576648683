import Foundation

/// Speech by `espeak-ng`, where it is installed.
///
/// The length of spoken audio is not known before it is spoken, so the last few files are kept.
actor Speech {
  private let program: URL
  private var kept: [(id: UUID, file: [UInt8])] = []

  /// Finds `espeak-ng` on `PATH`; nil where it is not there.
  init?() {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let candidates = folders.map { URL(fileURLWithPath: String($0) + "/espeak-ng") }
    guard
      let found = candidates.first(where: {
        FileManager.default.isExecutableFile(atPath: $0.path)
      })
    else { return nil }
    program = found
  }

  /// The file that says `turns`, one after another, for the request `id`.
  func file(saying turns: [SpeechInput.Turn], for id: UUID) async throws -> [UInt8] {
    if let known = kept.first(where: { $0.id == id }) { return known.file }
    var samples: [Int16] = []
    for turn in turns { samples += try await speak(turn) }
    let file = Wave.file(samples)
    kept.append((id, file))
    if kept.count > 64 { kept.removeFirst() }
    return file
  }

  private func speak(_ turn: SpeechInput.Turn) async throws -> [Int16] {
    let output = FileManager.default.temporaryDirectory
      .appendingPathComponent("csm-localfal-\(UUID().uuidString).wav")
    defer { try? FileManager.default.removeItem(at: output) }
    let voices = ["en", "en+f3", "en+m3", "en+f2", "en+m7"]
    let voice = voices[Int(turn.speaker.magnitude % UInt(voices.count))]
    try await run(["-v", voice, "-w", output.path, "--", turn.text])
    return Self.resampled([UInt8](try Data(contentsOf: output)))
  }

  private func run(_ arguments: [String]) async throws {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in done.resume() }
      do {
        try process.run()
      } catch {
        process.terminationHandler = nil
        done.resume(throwing: error)
      }
    }
  }

  /// The samples of a mono PCM16 file at 24 kHz, drawn straight between those that it has.
  private static func resampled(_ file: [UInt8]) -> [Int16] {
    guard file.count > Wave.headerSize else { return [] }
    let rate = (24..<28).reversed().reduce(0) { $0 << 8 | Int(file[$1]) }
    let source = stride(from: Wave.headerSize, to: file.count - 1, by: 2).map {
      Double(Int16(truncatingIfNeeded: Int(file[$0]) | Int(file[$0 + 1]) << 8))
    }
    guard rate > 0, source.count > 1 else { return [] }
    let count = (source.count - 1) * Wave.rate / rate
    return (0..<count).map { frame in
      let place = Double(frame * rate) / Double(Wave.rate)
      let left = Int(place)
      let right = min(left + 1, source.count - 1)
      return Int16(source[left] + (source[right] - source[left]) * (place - Double(left)))
    }
  }
}
