import CSMCore
import Testing

@testable import CSMFiles

@Suite("Digest")
struct DigestTests {
  @Test("is the standard SHA-256")
  func knownValues() {
    #expect(
      digest(of: Array("abc".utf8)).hex
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      digest(of: []).description
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test("can be parsed from its own digits")
  func roundTrip() {
    let original = digest(of: [1, 2, 3])
    #expect(Digest(hex: original.hex) == original)
  }

  @Test(
    "has one spelling only",
    arguments: [
      "", "00", String(repeating: "0", count: 63), String(repeating: "0", count: 65),
      String(repeating: "A", count: 64), String(repeating: "g", count: 64),
      String(repeating: "é", count: 32), "../" + String(repeating: "0", count: 61),
    ])
  func refused(hex: String) {
    #expect(Digest(hex: hex) == nil)
  }
}
