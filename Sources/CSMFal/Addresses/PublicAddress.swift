/// Distinguishes public addresses from those of this machine or its network (IANA's special-purpose
/// address registries, IPv4 and IPv6).
package enum PublicAddress {
  /// Whether `address`, 4 or 16 bytes in network order, is public.
  package static func contains(_ address: [UInt8]) -> Bool {
    switch address.count {
    case 4:
      return !specialIPv4.contains { $0.contains(address) }
    case 16:
      if let carrier = carriersOfIPv4.first(where: { $0.prefix.contains(address) }) {
        return contains(Array(address[carrier.offset..<carrier.offset + 4]))
      }
      return unicastIPv6.contains(address) && !specialIPv6.contains { $0.contains(address) }
    default:
      return false
    }
  }

  private static let specialIPv4 = [
    Prefix([0], 8),  // this network
    Prefix([10], 8),  // private
    Prefix([100, 64], 10),  // carrier-grade NAT
    Prefix([127], 8),  // loopback
    Prefix([169, 254], 16),  // link-local, cloud metadata
    Prefix([172, 16], 12),  // private
    Prefix([192, 0, 0], 24),  // protocol assignments
    Prefix([192, 0, 2], 24),  // documentation
    Prefix([192, 88, 99], 24),  // 6to4 relays
    Prefix([192, 168], 16),  // private
    Prefix([198, 18], 15),  // benchmarks
    Prefix([198, 51, 100], 24),  // documentation
    Prefix([203, 0, 113], 24),  // documentation
    Prefix([224], 4),  // multicast
    Prefix([240], 4),  // reserved, broadcast
  ]

  /// Global unicast; excludes loopback, unspecified, unique local, link-local and multicast
  /// addresses.
  private static let unicastIPv6 = Prefix([0x20], 3)

  private static let specialIPv6 = [
    Prefix([0x20, 0x01, 0x00], 23),  // protocol assignments, Teredo
    Prefix([0x20, 0x01, 0x0D, 0xB8], 32),  // documentation
    Prefix([0x3F, 0xFF, 0x00], 20),  // documentation
  ]

  /// Prefixes of addresses that embed an IPv4 address at `offset`.
  private static let carriersOfIPv4 = [
    (prefix: Prefix([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 96), offset: 12),  // mapped
    (prefix: Prefix([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0], 96), offset: 12),  // NAT64
    (prefix: Prefix([0x20, 0x02], 16), offset: 2),  // 6to4
  ]
}

/// The common prefix of a block of addresses.
private struct Prefix {
  let bytes: [UInt8]
  let bits: Int

  init(_ bytes: [UInt8], _ bits: Int) {
    precondition(bytes.count == (bits + 7) / 8)
    self.bytes = bytes
    self.bits = bits
  }

  func contains(_ address: [UInt8]) -> Bool {
    let whole = bits / 8
    guard address.prefix(whole).elementsEqual(bytes.prefix(whole)) else { return false }
    guard whole < bytes.count else { return true }
    let mask = ~UInt8(0) << (8 - bits % 8)
    return address[whole] & mask == bytes[whole] & mask
  }
}
