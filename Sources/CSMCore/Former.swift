/// Why a line of a batch is this no more: what was sent once stays listed under its line.
package enum Former: String, Sendable, CaseIterable, Codable {
  /// Its words were edited.
  case edited
  /// It was spoken again: this is an earlier take.
  case retaken
  /// It is gone from its file.
  case gone
}
