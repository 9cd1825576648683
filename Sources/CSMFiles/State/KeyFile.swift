import CSMCore
import Glibc

/// Finds fal's key: a systemd credential wins over `CSM_FAL_KEY_FILE`, that over the environment.
package struct KeyFile: Sendable {
  private let settings: Settings
  private let credentials: String?

  package init(settings: Settings, environment: [String: String]) {
    self.settings = settings
    credentials = environment["CREDENTIALS_DIRECTORY"]
  }

  /// Why there is no key.
  package struct Missing: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// Reads the key as it is now; a file may have changed since the last time.
  ///
  /// - Throws: `Missing`, with what to do.
  package func read() throws(Missing) -> Secret {
    if let credentials, access("\(credentials)/fal_key", F_OK) == 0 {
      return try secret(inCredential: "\(credentials)/fal_key")
    }
    if let path = settings.keyFile {
      try demandPrivacy(of: path)
      return try secret(in: path)
    }
    if let key = settings.key { return try secret(key, of: "FAL_KEY") }
    if let id = settings.keyID, let secret = settings.keySecret {
      return try self.secret("\(id):\(secret)", of: "FAL_KEY_ID and FAL_KEY_SECRET")
    }
    throw Missing(
      description: "no key for fal: put it into FAL_KEY, or name a file by CSM_FAL_KEY_FILE")
  }

  /// The units give an empty line where there is no file, so that this says what to do.
  private func secret(inCredential path: String) throws(Missing) -> Secret {
    let text: String
    do { text = try SmallFile.text(at: path) } catch { throw Missing(description: "\(error)") }
    guard text != "", text != "\n" else {
      throw Missing(
        description: """
          the service has no key for fal: put it into the file that LoadCredential= of its unit \
          names (/etc/csm/fal_key; a user's is ~/.config/csm/fal_key; mode 600), then restart csmd
          """)
    }
    return try secret(text, of: path)
  }

  private func secret(in path: String) throws(Missing) -> Secret {
    let text: String
    do { text = try SmallFile.text(at: path) } catch { throw unread(error) }
    return try secret(text, of: path)
  }

  private func secret(_ text: String, of origin: String) throws(Missing) -> Secret {
    guard let secret = Secret(text) else {
      throw Missing(
        description: "\(origin) holds no key: expected one line of printable characters")
    }
    return secret
  }

  /// A key that others may read is no secret.
  private func demandPrivacy(of path: String) throws(Missing) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw unread(FileError("read", path)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Missing(description: "\(path) is no file: CSM_FAL_KEY_FILE names the one with the key")
    }
    guard status.st_mode & 0o077 == 0 else {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw Missing(description: "\(path) may be read by others (mode \(mode)): chmod 600 \(path)")
    }
    guard status.st_uid == 0 || status.st_uid == geteuid() else {
      throw Missing(description: "\(path) is another user's: chown it to the one who runs csmd")
    }
  }

  private func unread(_ error: any Error) -> Missing {
    Missing(
      description:
        "\(error): CSM_FAL_KEY_FILE names it; put the key there, for who runs csmd alone (mode 600)"
    )
  }
}
