import ArgumentParser
import CSMCore
import CSMFiles
import CSMWeb
import CSMWorkplace
import Foundation
import UnixSignals

/// `csm-web serve`, the default command.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve the page, and print the address to open.",
    discussion: """
      The address is good for one browser, which csm-web then remembers for a week; csm-web address prints \
      another one. If systemd passes a socket, csm-web serves on that.

      Example:
        csm-web serve --port 0 --no-open
      """)

  static let usualPort = 8330

  @Option(help: "The port on 127.0.0.1; 0 for any that is free.")
  var port = usualPort

  @Option(
    help: ArgumentHelp(
      "Serve on a Unix socket at this path instead, for users who may write to it.",
      valueName: "path"))
  var socket: String?

  @Option(help: ArgumentHelp("End after this time without a visitor.", valueName: "minutes"))
  var idle: Int?

  @Flag(help: "Do not open the address in a browser on a desktop.")
  var noOpen = false

  func validate() throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("--port must be from 0 to 65535")
    }
    guard idle.map((1...100_000).contains) ?? true else {
      throw ValidationError("--idle must be from 1 to 100000")
    }
  }

  func run() async throws {
    let workplace = try Workplace()
    // The page does not need root's rights: continue as the folder's owner.
    _ = try workplace.state.becomeOwner()
    try workplace.state.prepare()
    let place = try Self.place(port: port, socket: socket)
    let files = AddressFiles(workplace.state)
    let keyring = Keyring(saved: files.saved) { files.write($0) }
    let listener = Listener(
      place, Site(workplace, keyring), idle: idle.map { .seconds($0 * 60) })
    defer { files.retract() }
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await listener.serve { port in
            files.port = port
            try files.publish(keyring)
            if case .inherited = place { return }
            tell(files.address(keyring), isOpened: !noOpen && port != nil)
          }
        }
        group.addTask { for await _ in signals { return } }
        defer { group.cancelAll() }
        try await group.next()
      }
    } catch is Listener.InUse {
      throw Failure(
        "port \(port) is in use, perhaps by another csm-web: csm-web address prints its address; or use "
          + "--port", .unavailable)
    }
  }

  private static func place(port: Int, socket: String?) throws -> Listener.Place {
    if let number = try InheritedSocket.find() { return .inherited(number) }
    return socket.map { .socket($0) } ?? .port(port)
  }

  /// Prints the address, and opens it in a browser if a person is at a desktop.
  private func tell(_ address: String, isOpened: Bool) {
    print("open \(address)")
    print("Ctrl-C ends it.")
    fflush(nil)
    let environment = ProcessInfo.processInfo.environment
    guard isOpened, isatty(STDOUT_FILENO) == 1,
      environment["DISPLAY"] != nil || environment["WAYLAND_DISPLAY"] != nil
    else { return }
    let browser = Process()
    browser.executableURL = URL(filePath: "/usr/bin/xdg-open")
    browser.arguments = [address]
    browser.standardOutput = FileHandle.nullDevice
    browser.standardError = FileHandle.nullDevice
    try? browser.run()
  }
}
