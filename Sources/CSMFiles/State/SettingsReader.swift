import CSMCore
import Glibc

/// Brings the settings together: flags over environment over `csm.conf` over defaults.
package enum SettingsReader {
  /// The file that both systemd and the programs read.
  package static let file = "/etc/csm/csm.conf"

  /// Reads the settings.
  ///
  /// - Throws: `Settings.InvalidValues`, `SettingsFile.BadLine`, or `FileError` for a file that is there
  ///   and cannot be read.
  package static func read(
    flags: [String: String] = [:], environment: [String: String], file: String = Self.file
  ) throws -> Settings {
    let fromFile = try values(of: file)
    var values = fromFile
    for name in Settings.Name.allCases.map(\.rawValue) {
      if let value = environment[name], !value.isEmpty { values[name] = value }
    }
    values.merge(flags) { _, flag in flag }
    return try Settings(values, file: fromFile)
  }

  private static func values(of file: String) throws -> [String: String] {
    do {
      return try SettingsFile.parse(SmallFile.text(at: file))
    } catch let error as FileError where error.isMissing {
      return [:]
    }
  }
}

/// A file that is read whole.
package enum SmallFile {
  private static let bytesMax = 1 << 20

  /// The file's text; what is not UTF-8 is replaced.
  ///
  /// - Throws: `FileError`, also for a file of more than a megabyte.
  package static func text(at path: String) throws -> String {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw FileError("read", path) }
    let file = Descriptor(number, path: path)
    let bytes = try file.bytes(at: 0, count: bytesMax)
    guard bytes.count < bytesMax else { throw FileError("read", path, code: EFBIG) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
