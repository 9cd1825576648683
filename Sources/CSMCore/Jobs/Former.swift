/// Why a line of a batch is not this: what was sent once stays listed under its line.
package enum Former: String, Sendable, CaseIterable, Codable {
  /// Its words were edited.
  case edited
  /// It is another take of these words.
  case retaken
  /// It is another take, and becomes this one when its audio is stored.
  case candidate
  /// It is gone from its file.
  case gone
}
