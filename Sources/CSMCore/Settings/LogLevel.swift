/// The least severe messages that csmd logs.
package enum LogLevel: String, CaseIterable, Sendable {
  case error, warning, notice, info, debug

  /// All levels, for error messages.
  static let expected = allCases.map(\.rawValue).joined(separator: ", ")
}
