import CSMCore

/// Reads the settings: the environment overrides `csm.conf`, which overrides defaults.
package enum SettingsReader {
  /// The file that both systemd and the programs read.
  package static let file = "/etc/csm/csm.conf"

  /// - Throws: `Settings.InvalidValues`, `SettingsFile.BadLine`, or `FileError` for a file that exists but
  ///   cannot be read.
  package static func read(environment: [String: String]) throws -> Settings {
    let fromFile = try valuesOfFile()
    var values = fromFile
    for name in Settings.Name.allCases.map(\.rawValue) {
      if let value = environment[name], !value.isEmpty { values[name] = value }
    }
    return try Settings(values, file: fromFile)
  }

  private static func valuesOfFile() throws -> [String: String] {
    do {
      return try SettingsFile.parse(SmallFile.text(at: file))
    } catch let error as FileError where error.isMissing {
      return [:]
    }
  }
}
