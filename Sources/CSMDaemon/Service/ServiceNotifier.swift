import CSMCore
import CSMFiles
import Glibc

/// Reports the daemon's state to systemd by sd_notify(3); does nothing unless systemd asked for it.
package final class ServiceNotifier {
  private let number: Int32
  private let address: UnixAddress?
  private var lastReport: Timestamp?
  private var lastStatus = ""
  /// The table's revision at the last report.
  private var reported: Int?
  private var isReady = false

  /// The least time between two status lines.
  static let reportGap: Duration = .seconds(2)

  /// Reads `NOTIFY_SOCKET` as defined by sd_notify(3).
  package init(environment: [String: String]) {
    address = UnixAddress(path: environment["NOTIFY_SOCKET"] ?? "")
    number = address == nil ? -1 : UnixAddress.datagramSocket()
  }

  deinit {
    if number >= 0 { close(number) }
  }

  /// The daemon is up: settings read, database open, recovery done.
  package func ready() {
    isReady = true
    send("READY=1")
  }

  /// The daemon is stopping.
  package func stopping() { send("STOPPING=1") }

  /// The daemon is reloading its settings; `ready` must follow.
  package func reloading() {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let microseconds = Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
  }

  /// Feeds the watchdog; `Watchdog` decides when.
  func alive() { send("WATCHDOG=1") }

  /// Sets the line that `systemctl status` shows.
  ///
  /// It may contain text from a server, in which a line break would start another message to
  /// systemd.
  package func status(_ line: String) {
    let line = Printable.line(line)
    guard line != lastStatus else { return }
    lastStatus = line
    send("STATUS=\(line)")
  }

  /// The daemon is blocked for this reason; during the start, this extends systemd's timeout.
  func waiting(_ reason: String) {
    status("waiting: \(reason)")
    reported = nil
    if !isReady { send("EXTEND_TIMEOUT_USEC=\(60 * 1_000_000)") }
  }

  /// Updates the status line of a working daemon, at a limited rate.
  func report(
    _ gates: [Gate], revision: Int, at now: Timestamp, counts: () -> [JobState.Name: Int]?
  ) {
    // Counting a large table is not free, so an idle daemon does not.
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
