import CSMCore

extension Price {
  /// The price of a job's `chars` at `:price`, as `of(characters:)` computes it.
  static let column = "(job.chars * :price + 999) / 1000"
}
