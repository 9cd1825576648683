import Testing

@testable import CSMCore

@Suite("A digest")
struct DigestTests {
  @Test("has one name, of 64 lower-case digits")
  func names() throws {
    let hex = "00ff0123456789abcdef" + String(repeating: "5a", count: 22)
    let digest = try #require(Digest(hex: hex))
    #expect(digest.hex == hex)
    #expect(digest.bytes[0] == 0 && digest.bytes[1] == 0xFF && digest.bytes[31] == 0x5A)
    for wrong in [hex.uppercased(), String(hex.dropLast()), hex + "0", "g" + hex.dropFirst(), ""] {
      #expect(Digest(hex: wrong) == nil)
    }
  }
}
