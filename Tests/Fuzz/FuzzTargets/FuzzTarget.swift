/// Something that reads bytes from outside: it must take any of them without a trap, within its time,
/// and what it makes of them must be what it promises.
package struct FuzzTarget: Sendable {
  package let name: String
  /// Inputs to begin with: good ones, and those that once made trouble.
  package let seeds: [[UInt8]]
  /// Words that belong to the format, for random changes.
  package let words: [String]
  private let read: @Sendable ([UInt8]) throws -> Void

  /// A broken promise, and the input that shows it.
  package struct Finding: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
      self.description = description
    }
  }

  init(
    _ name: String, seeds: [String], bytes: [[UInt8]] = [], words: [String] = [],
    _ read: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.name = name
    self.seeds = seeds.map { Array($0.utf8) } + bytes
    self.words = words
    self.read = read
  }

  /// Reads one input.
  ///
  /// - Throws: `Finding` where a promise is broken.
  package func callAsFunction(_ input: [UInt8]) throws {
    try read(input)
  }

  /// All of them.
  package static let all =
    answers + inputs + spoken + settings + [
      wav, dataURI, requestURL, audioURL, terminal, exportName,
    ]

  package static func named(_ name: String) -> FuzzTarget? {
    all.first { $0.name == name }
  }
}

/// Throws where a promise is broken.
func demand(_ holds: Bool, _ promise: @autoclosure () -> String) throws {
  guard holds else { throw FuzzTarget.Finding(promise()) }
}
