import CSMCore
import Foundation

// Times for people, in local time; JSON has them in UTC.

extension Timestamp {
  /// `2026-11-29 08:05:47`, in local time.
  package var local: String {
    var seconds = time_t(milliseconds / 1000)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return rfc3339 }
    return String(
      format: "%04d-%02d-%02d %02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1,
      parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec)
  }

  /// `2026-11-29 08:05:47 (3 h 2 min ago)`.
  package func local(at now: Timestamp) -> String {
    "\(local) (\(Figures.duration(now.since(self))) ago)"
  }
}
