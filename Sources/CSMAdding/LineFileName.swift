import CSMCore
import CSMFiles
import CSMInput

/// The file name made from a line's id: `ExportName` replaces characters and words that some systems forbid,
/// and shortens long names.
enum LineFileName {
  /// The longest extension of audio files.
  private static let ending = ".opus"

  /// The name without its extension.
  static func stem(of id: String) -> String {
    guard let name = try? ExportName(id + ending) else { return id }
    return String(name.description.dropLast(ending.count))
  }

  /// The stem as case-insensitive file systems compare it.
  @Sendable
  static func folded(_ id: String) -> String {
    isPlain(id) ? id : SpokenText.composed(stem(of: id).lowercased())
  }

  /// Whether an id is certainly its own folded stem; a quick check that suffices for most ids.
  ///
  /// Device names of Windows are shorter than 6 characters without punctuation.
  private static func isPlain(_ id: String) -> Bool {
    (6...100).contains(id.utf8.count)
      && id.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
      }
  }

  /// Counts ids that differ from their file names.
  struct Changes {
    private(set) var count = 0
    /// The first such id and its file name's stem.
    private(set) var first: (id: String, stem: String)?

    mutating func note(_ id: String) {
      guard !isPlain(id) else { return }
      let stem = stem(of: id)
      guard stem != id else { return }
      count += 1
      first = first ?? (id, stem)
    }

    /// The message for a person; nil if there are none.
    var sentence: String? {
      first.map { id, stem in
        "\(Figures.count(count, "id")) cannot be used as a file name on every system: the file of \(id) will be "
          + "\(stem).wav"
      }
    }
  }
}
