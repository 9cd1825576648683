import CSMCore
import CSMFiles
import Glibc

/// Tells systemd how the daemon is, by the datagrams of sd_notify(3); silent where systemd did not ask.
package final class ServiceNotifier {
  private let number: Int32
  private let address: UnixAddress?
  private var lastReport: Timestamp?
  private var lastStatus = ""
  /// The revision of the table that the last report told of.
  private var reported: Int?
  private var isReady = false

  /// Status lines come no more often than this.
  static let reportGap: Duration = .seconds(2)

  /// Reads `NOTIFY_SOCKET` as sd_notify(3) defines it.
  package init(environment: [String: String]) {
    address = UnixAddress(path: environment["NOTIFY_SOCKET"] ?? "")
    number = address == nil ? -1 : UnixAddress.datagramSocket()
  }

  deinit {
    if number >= 0 { close(number) }
  }

  /// The daemon works: settings read, database open, what an earlier life left is settled.
  package func ready() {
    isReady = true
    send("READY=1")
  }

  /// The daemon leaves.
  package func stopping() { send("STOPPING=1") }

  /// The daemon reads its settings again; `ready` follows.
  package func reloading() {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let microseconds = Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
  }

  /// Feeds the watchdog; when, `Watchdog` decides.
  func alive() { send("WATCHDOG=1") }

  /// One line for `systemctl status`.
  ///
  /// What a server said may stand in it: a line end would begin another message to systemd.
  package func status(_ line: String) {
    let line = Printable.line(line)
    guard line != lastStatus else { return }
    lastStatus = line
    send("STATUS=\(line)")
  }

  /// Nothing goes on, and why; a start that is held up by it may take longer.
  func waiting(_ reason: String) {
    status("waiting: \(reason)")
    reported = nil
    if !isReady { send("EXTEND_TIMEOUT_USEC=\(60 * 1_000_000)") }
  }

  /// The status line of a working daemon, now and then.
  func report(
    _ gates: [Gate], revision: Int, at now: Timestamp, counts: () -> [JobState.Name: Int]?
  ) {
    // Counting a large table costs something, so an idle daemon does not.
    guard address != nil, revision != reported else { return }
    if let lastReport, now >= lastReport, now.since(lastReport) < Self.reportGap { return }
    lastReport = now
    guard let counts = counts() else { return }
    let figures = JobState.Name.allCases.compactMap { name in
      counts[name].map { "\($0) \(name.rawValue)" }
    }
    reported = revision
    let closed = gates.map { "\($0.name.rawValue): \($0.reason)" }
    status((figures + closed).joined(separator: ", "))
  }

  private func send(_ message: String) {
    guard let address, number >= 0 else { return }
    let bytes = Array(message.utf8.map { $0 == 0 ? UInt8(ascii: "?") : $0 })
    _ = address.lend { sendto(number, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1) }
  }
}
