import CSMCore
import CSMInput
import Foundation
import Testing

/// The result of reading a file.
struct Reading {
  var results: [Composer.Result] = []
  var columns: String?
  /// Why the file was refused; nil if it was read.
  var refusal: Rejection?

  var lines: [SpokenLine] {
    results.compactMap { if case .line(let line) = $0 { line } else { nil } }
  }
  var rejections: [Rejection] {
    results.compactMap {
      switch $0 {
      case .rejection(let rejection), .explanation(let rejection): rejection
      default: nil
      }
    }
  }
  var warnings: [Warning] {
    results.compactMap { if case .warning(let warning) = $0 { warning } else { nil } }
  }
  var ids: [String?] { lines.map { line in line.id.map { $0 + line.suffix } } }
  var sent: [String] { lines.map(\.request.text) }
  /// Such as `0: Hello.` for each turn that is sent.
  var turns: [String] {
    lines.flatMap { $0.request.scene.map { "\($0.speakerID): \($0.text)" } }
  }

  init(
    _ bytes: [UInt8], _ format: InputFormat, columns: String? = nil,
    encoding: TextEncoding = .utf8, isCertain: Bool = false,
    _ change: (inout Composer.Options) -> Void = { _ in }
  ) {
    var options = Composer.Options()
    options.isDialogue = format.isDialogue
    change(&options)
    var composer = Composer(options)
    var reader = format.reader(
      of: InputLines(bytes: bytes, encoding: encoding), columns: columns.flatMap(ColumnNames.init),
      isCertain: isCertain)
    do {
      while let finding = try reader.next() { results += composer.take(finding) }
      results += composer.finish()
    } catch InputError.refused(let rejection) {
      refusal = rejection
    } catch {
      Issue.record(error)
    }
    self.columns = reader.columns
  }

  init(
    _ text: String, _ format: InputFormat, columns: String? = nil, isCertain: Bool = false,
    _ change: (inout Composer.Options) -> Void = { _ in }
  ) {
    self.init(Array(text.utf8), format, columns: columns, isCertain: isCertain, change)
  }

  /// Reads a fixture in the format of its name.
  init(
    fixture: String, as format: InputFormat? = nil, columns: String? = nil,
    _ change: (inout Composer.Options) -> Void = { _ in }
  ) throws {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let bytes = try Data(contentsOf: folder.appending(path: fixture))
    let named = try #require(format ?? InputFormat(fileName: fixture))
    self.init(Array(bytes), named, columns: columns, change)
  }
}

/// A voice whose clip depends on its name.
func voice(_ name: String, _ transcript: String = "These are the words of the clip.") -> Voice {
  var bytes = SIMD32<UInt8>(repeating: 0)
  for (index, byte) in name.utf8.prefix(32).enumerated() { bytes[index] = byte }
  return Voice(name: name, clip: Digest(bytes), transcript: transcript)
}

extension Composer.Options {
  /// Assigns roles such as `Anna=anna`, with voices of the names after the equals signs.
  mutating func cast(_ parts: String...) {
    let names = parts.map { $0.split(separator: "=").map(String.init) }
    cast = Cast(voices: Set(names.compactMap(\.last)).sorted().map { voice($0) })
    for part in names {
      let problem = cast.assign(part.count == 2 ? part[0] : "*", .init(voice: part.last))
      #expect(problem == nil)
    }
  }
}
