import CSMFiles
import CSMWeb
import Foundation
import Synchronization

/// What is left for later runs, and for whoever asks for an address.
///
/// It is in systemd's folder for the service, else in the state directory. Who may read it may use the
/// queue anyway.
final class Letters: Sendable {
  private let folder: String
  private let prefix: String
  private let isShared: Bool
  private let known = Mutex<Int?>(nil)

  /// systemd's folder for the service.
  static let service = "/run/csm-web"

  init(_ state: StateDirectory) {
    let given = ProcessInfo.processInfo.environment["RUNTIME_DIRECTORY"]
    folder = given ?? state.path
    prefix = given == nil ? "web." : ""
    var status = stat()
    isShared = stat(folder, &status) == 0 && status.st_mode & S_IRGRP != 0
  }

  /// The address that was left last; nil where there is none.
  static func newest(_ state: StateDirectory) -> String? {
    let places = ["\(state.path)/web.address", "\(service)/address"]
    let found = places.compactMap { path in
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      return (attributes?[.modificationDate] as? Date).map { (path, $0) }
    }
    return found.max { $0.1 < $1.1 }.flatMap { FileManager.default.contents(atPath: $0.0) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// The port of the page, if it has one.
  var port: Int? {
    get { known.withLock { $0 } }
    set { known.withLock { $0 = newValue } }
  }

  func address(_ keyring: Keyring) -> String {
    "http://127.0.0.1:\(port ?? Serve.usualPort)/enter?ticket=\(keyring.ticket)"
  }

  /// The browsers of the last run.
  var saved: Data? { FileManager.default.contents(atPath: "\(folder)/\(prefix)browsers") }

  /// Writes both down.
  func publish(_ keyring: Keyring) throws {
    let mode: UInt32 = isShared ? 0o640 : 0o600
    try PublishedText.write(
      "\(address(keyring))\n", to: "\(folder)/\(prefix)address", mode: mode)
    try PublishedText.write(
      String(decoding: keyring.saved, as: UTF8.self), to: "\(folder)/\(prefix)browsers", mode: mode)
  }

  /// Takes the address away, where nothing serves there any more; a service is started again.
  func retract() {
    guard !prefix.isEmpty else { return }
    try? FileManager.default.removeItem(atPath: "\(folder)/\(prefix)address")
  }

  /// The same, where it must not fail: a browser that is not written down asks for another address later.
  func write(_ keyring: Keyring) { try? publish(keyring) }
}
