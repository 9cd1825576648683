import CSMCore

extension Price {
  /// The price of a job's `chars` at `:price`, as `of(characters:)` computes it.
  static let column = column("job.chars")

  /// The price of a number of characters.
  static func column(_ characters: String) -> String { "(\(characters) * :price + 999) / 1000" }
}
