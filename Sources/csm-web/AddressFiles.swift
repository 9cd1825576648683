import CSMFiles
import CSMWeb
import Foundation
import Synchronization

/// Files with the address of the page and the known browsers, for `csm-web address` and later runs.
///
/// They are in systemd's runtime folder for the service, otherwise in the state directory. Whoever may read
/// them may use the queue anyway.
final class AddressFiles: Sendable {
  private let folder: String
  private let prefix: String
  private let isShared: Bool
  private let known = Mutex<Int?>(nil)

  /// systemd's runtime folder for the service.
  static let service = "/run/csm-web"

  init(_ state: StateDirectory) {
    let given = ProcessInfo.processInfo.environment["RUNTIME_DIRECTORY"]
    folder = given ?? state.path
    prefix = given == nil ? "web." : ""
    var status = stat()
    isShared = stat(folder, &status) == 0 && status.st_mode & S_IRGRP != 0
  }

  /// The address that was written last; nil if there is none.
  static func newest(_ state: StateDirectory) -> String? {
    let places = ["\(state.path)/web.address", "\(service)/address"]
    let found = places.compactMap { path in
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      return (attributes?[.modificationDate] as? Date).map { (path, $0) }
    }
    return found.max { $0.1 < $1.1 }.flatMap { FileManager.default.contents(atPath: $0.0) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// The port of the page; nil if it has none or does not listen yet.
  var port: Int? {
    get { known.withLock { $0 } }
    set { known.withLock { $0 = newValue } }
  }

  func address(_ keyring: Keyring) -> String {
    "http://127.0.0.1:\(port ?? Serve.usualPort)/enter?ticket=\(keyring.ticket)"
  }

  /// The browsers that the last run knew; nil if there is no file.
  var saved: Data? { FileManager.default.contents(atPath: "\(folder)/\(prefix)browsers") }

  /// Writes the address and the browsers.
  func publish(_ keyring: Keyring) throws {
    let mode: UInt32 = isShared ? 0o640 : 0o600
    try PublishedText.write(
      "\(address(keyring))\n", to: "\(folder)/\(prefix)address", mode: mode)
    try PublishedText.write(
      String(decoding: keyring.saved, as: UTF8.self), to: "\(folder)/\(prefix)browsers", mode: mode)
  }

  /// Removes the address when the program ends; that of a service stays, since systemd starts it again.
  func retract() {
    guard !prefix.isEmpty else { return }
    try? FileManager.default.removeItem(atPath: "\(folder)/\(prefix)address")
  }

  /// Like `publish`, but ignores errors: a browser that was not saved needs another address later.
  func write(_ keyring: Keyring) { try? publish(keyring) }
}
