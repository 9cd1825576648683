import ArgumentParser
import CSMFiles
import CSMWorkplace
import Foundation

/// `csm-web address`: prints an address for one more browser.
struct PrintAddress: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "address",
    abstract: "Print the address for one more browser.",
    discussion: """
      If systemd holds the socket and csm-web is not running, this starts it.

      Example:
        xdg-open "$(csm-web address)"
      """)

  @Option(help: "The port of the socket that systemd holds.")
  var port = Serve.usualPort

  func run() throws {
    let workplace = try Workplace()
    try workplace.state.requireAccess()
    wake()
    if let address = AddressFiles.newest(workplace.state) { return print(address, terminator: "") }
    throw Failure(
      "csm-web is not running here: start it with csm-web, or with systemctl enable --now "
        + "csm-web.socket", .unavailable)
  }

  /// Connects to the port, so that systemd starts csm-web, and waits up to 10 s for an answer.
  private func wake() {
    let number = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { return }
    defer { close(number) }
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(clamping: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isConnected = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { return }
    let call = Array(
      "GET /assets/web.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
    _ = send(number, call, call.count, Int32(MSG_NOSIGNAL))
    var byte: UInt8 = 0
    _ = recv(number, &byte, 1, 0)
  }
}
