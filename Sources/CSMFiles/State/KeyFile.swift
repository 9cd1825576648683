import CSMCore
import Glibc

/// Finds the key for fal: a systemd credential, else `CSM_FAL_KEY_FILE`, else the environment.
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

  /// Reads the current key; its file may have changed since the last call.
  ///
  /// - Throws: `Missing`, which says what to do.
  package func read() throws(Missing) -> Secret {
    if let credentials, access("\(credentials)/fal_key", F_OK) == 0 {
      return try secret(inCredential: "\(credentials)/fal_key")
    }
    if let path = settings.keyFile {
      try requirePrivate(path)
      return try secret(in: path)
    }
    if let key = settings.key { return try secret(key, of: "FAL_KEY") }
    if let id = settings.keyID, let secret = settings.keySecret {
      return try self.secret("\(id):\(secret)", of: "FAL_KEY_ID and FAL_KEY_SECRET")
    }
    throw Missing(
      description: "there is no key for fal: set FAL_KEY, or CSM_FAL_KEY_FILE to the path of a file"
    )
  }

  /// The units provide an empty line if the file is missing, so that csmd starts and can say what to do.
  private func secret(inCredential path: String) throws(Missing) -> Secret {
    let text: String
    do { text = try SmallFile.text(at: path) } catch { throw Missing(description: "\(error)") }
    guard text != "", text != "\n" else {
      throw Missing(
        description: """
          the service has no key for fal: \(step) the file named by LoadCredential= in its unit \
          (/etc/csm/fal_key, or ~/.config/csm/fal_key for a user's service; mode 600), then restart csmd
          """)
    }
    return try secret(text, of: path)
  }

  /// What to do with the key that a service lacks; a key in other places does not count there.
  private var step: String {
    let place = "which a service does not use, into"
    if let keyFile = settings.keyFile {
      return "move the key from CSM_FAL_KEY_FILE=\(keyFile), \(place)"
    }
    if settings.key != nil {
      return "move the value of FAL_KEY from csm.conf or the environment, \(place)"
    }
    if settings.keyID != nil, settings.keySecret != nil {
      return
        "move the values of FAL_KEY_ID and FAL_KEY_SECRET, joined by a colon, from csm.conf or the "
        + "environment, \(place)"
    }
    return "put it into"
  }

  private func secret(in path: String) throws(Missing) -> Secret {
    let text: String
    do { text = try SmallFile.text(at: path) } catch { throw unread(error) }
    return try secret(text, of: path)
  }

  private func secret(_ text: String, of origin: String) throws(Missing) -> Secret {
    guard let secret = Secret(text) else {
      throw Missing(
        description: "\(origin) does not contain a key: expected one line of printable characters")
    }
    return secret
  }

  /// Throws if others can read the file.
  private func requirePrivate(_ path: String) throws(Missing) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw unread(FileError("read", path)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Missing(
        description: "\(path) is not a file: set CSM_FAL_KEY_FILE to the file with the key")
    }
    guard status.st_mode & 0o077 == 0 else {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw Missing(description: "\(path) can be read by others (mode \(mode)): chmod 600 \(path)")
    }
    guard status.st_uid == 0 || status.st_uid == geteuid() else {
      throw Missing(
        description: "\(path) belongs to another user: chown it to the user that runs csmd")
    }
  }

  private func unread(_ error: any Error) -> Missing {
    Missing(
      description:
        "\(error): CSM_FAL_KEY_FILE names this file; put the key there, readable only by csmd's user (mode "
        + "600)"
    )
  }
}
