import CLinux
import CSMFiles
import Glibc

/// Sends entries to journald with their fields, by its native protocol: one datagram per entry
/// (systemd.io/JOURNAL_NATIVE_PROTOCOL).
///
/// Nothing here blocks: an entry that journald cannot take immediately is not sent.
final class JournalSocket: Sendable {
  private let number: Int32
  private let address: UnixAddress

  static let path = "/run/systemd/journal/socket"

  /// The outcome of sending an entry.
  enum Outcome: Sendable {
    case sent
    /// journald cannot take it now.
    case full
    /// Nobody listens.
    case gone
  }

  /// Nil if no socket can be created.
  init?(path: String) {
    guard let address = UnixAddress(path: path) else { return nil }
    self.address = address
    number = UnixAddress.datagramSocket()
    guard number >= 0 else { return nil }
  }

  deinit { close(number) }

  /// Whether standard error leads to the journal: `JOURNAL_STREAM` names its device and inode
  /// (systemd.exec(5)), but a program whose output goes elsewhere may have inherited it.
  static func isStandardError(_ stream: String?) -> Bool {
    var status = stat()
    guard let stream, fstat(STDERR_FILENO, &status) == 0 else { return false }
    return stream == "\(status.st_dev):\(status.st_ino)"
  }

  /// Sends an entry; a name may occur several times.
  func send(_ fields: [(name: String, value: String)]) -> Outcome {
    let entry = Self.entry(fields)
    let sent = address.lend {
      sendto(number, entry, entry.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), $0, $1)
    }
    if sent >= 0 { return .sent }
    switch errno {
    case EMSGSIZE, ENOBUFS: return sendFile(entry)
    case EAGAIN, EINTR: return .full
    default: return .gone
    }
  }

  /// One `NAME=value` per line; a value of several lines is preceded by its length.
  private static func entry(_ fields: [(name: String, value: String)]) -> [UInt8] {
    fields.reduce(into: []) { entry, field in
      let value = Array(field.value.utf8)
      entry += field.name.utf8
      if value.contains(UInt8(ascii: "\n")) {
        entry.append(UInt8(ascii: "\n"))
        withUnsafeBytes(of: UInt64(value.count).littleEndian) { entry += $0 }
      } else {
        entry.append(UInt8(ascii: "="))
      }
      entry += value
      entry.append(UInt8(ascii: "\n"))
    }
  }

  /// Sends an entry that is too long for a datagram as the descriptor of a sealed file in memory.
  private func sendFile(_ entry: [UInt8]) -> Outcome {
    let file = memfd_create("csmd-log", memfd_sealable)
    guard file >= 0 else { return .full }
    defer { close(file) }
    guard write(file, entry, entry.count) == entry.count, fcntl(file, add_seals, all_seals) == 0
    else { return .full }
    // cmsg(3), whose macros Swift cannot import: length, level, type and the descriptor.
    var control: (UInt64, Int32, Int32, Int32, Int32) = (20, SOL_SOCKET, Self.rights, file, 0)
    let sent = address.lend { address, length in
      withUnsafeMutableBytes(of: &control) { control in
        var message = msghdr()
        message.msg_name = UnsafeMutableRawPointer(mutating: address)
        message.msg_namelen = length
        message.msg_control = control.baseAddress
        message.msg_controllen = control.count
        return sendmsg(number, &message, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
    }
    return sent >= 0 ? .sent : .full
  }

  /// `SCM_RIGHTS`.
  private static let rights: Int32 = 1
}
