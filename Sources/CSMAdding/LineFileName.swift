import CSMCore
import CSMFiles
import CSMInput

/// What the name of a line's file makes of its id: some signs and words are forbidden on one system or
/// another, and what is too long is cut.
enum LineFileName {
  /// As long as the endings of audio get; `ExportName` leaves them room.
  private static let ending = ".opus"

  /// The name without its ending.
  static func stem(of id: String) -> String {
    guard let name = try? ExportName(id + ending) else { return id }
    return String(name.description.dropLast(ending.count))
  }

  /// The stem as file systems see it to which upper and lower case are the same.
  @Sendable
  static func folded(_ id: String) -> String {
    isPlain(id) ? id : SpokenText.composed(stem(of: id).lowercased())
  }

  /// Most ids are their names, and that is seen at once: words in lower case that are longer than the
  /// names of devices, and not too long.
  private static func isPlain(_ id: String) -> Bool {
    (6...100).contains(id.utf8.count)
      && id.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
      }
  }

  /// The ids of a file's lines that are not their names.
  struct Changes {
    private(set) var count = 0
    /// The first of them, and its name's stem.
    private(set) var first: (id: String, stem: String)?

    mutating func note(_ id: String) {
      guard !isPlain(id) else { return }
      let stem = stem(of: id)
      guard stem != id else { return }
      count += 1
      first = first ?? (id, stem)
    }

    /// What to tell of them; nil where there are none.
    var sentence: String? {
      first.map { id, stem in
        "\(Figures.count(count, "id")) cannot be a file's name everywhere: that of \(id) will be \(stem).wav"
      }
    }
  }
}
