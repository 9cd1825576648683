/// Why a job no longer stands for its line; jobs that were sent stay listed under it.
package enum FormerReason: String, Sendable, CaseIterable, Codable {
  /// The words of the line were edited.
  case edited
  /// Another take was chosen.
  case retaken
  /// It is a further take, which may replace the current one once its audio is stored.
  case candidate
  /// The line was removed from its file.
  case gone
}
