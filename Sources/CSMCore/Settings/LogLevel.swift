/// How much csmd logs: this, and what is worse.
package enum LogLevel: String, CaseIterable, Sendable {
  case error, warning, notice, info, debug

  /// All of them, for a complaint.
  static let expected = allCases.map(\.rawValue).joined(separator: ", ")
}
