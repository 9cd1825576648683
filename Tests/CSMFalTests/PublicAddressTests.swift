import CSMFal
import Servers
import Testing

@Suite("The public-only address policy", .timeLimit(.minutes(10)))
struct PublicAddressTests {
  @Test(
    "refuses what is not of the public internet, and sends nothing",
    arguments: [
      "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254",
      "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
      "192.0.0.8", "192.168.0.1", "198.18.0.1", "198.19.255.255", "224.0.0.1", "239.1.1.1",
      "240.0.0.1", "255.255.255.255", "2130706433", "0x7f000001", "0177.0.0.1", "127.1",
      "localhost", "[::]", "[::1]", "[fe80::1]", "[fc00::1]", "[fd12:3456::1]", "[ff02::1]",
      "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[::127.0.0.1]",
      "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2001::1]", "[2001:db8::1]",
      "[fec0::1]",
    ])
  func refuses(host: String) async throws {
    let transport = CurlTransport()
    let request = HTTPRequest(.get, "https://\(host):9/", addresses: .publicOnly)
    let failure = try #require(await transport.send(request).failure)
    #expect(failure.kind == .refusedAddress, "\(failure)")
    #expect(!failure.sent)
  }

  @Test("applies to connections opened under another policy")
  func holdsForKeptConnections() async throws {
    let server = try RawServer { peer in
      while peer.readRequest() != nil { peer.answer("{}") }
    }
    defer { server.stop() }
    let transport = CurlTransport()
    _ = try await transport.send(HTTPRequest(.get, server.url())).get()
    let request = HTTPRequest(.get, server.url(), addresses: .publicOnly)
    let failure = try #require(await transport.send(request).failure)
    #expect(failure.kind == .refusedAddress)
    #expect(!failure.sent)
    #expect(server.requests.count == 1)
    #expect(server.connections == 1)
  }

  @Test(
    "admits the public internet",
    arguments: [
      [1, 1, 1, 1], [8, 8, 8, 8], [9, 255, 255, 255], [11, 0, 0, 0], [100, 63, 255, 255],
      [100, 128, 0, 0], [172, 15, 255, 255], [172, 32, 0, 0], [198, 17, 255, 255],
      [198, 20, 0, 0], [223, 255, 255, 255],
      [0x26, 0x06, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 8, 8, 8, 8],
      [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8],
    ] as [[UInt8]])
  func admits(address: [UInt8]) {
    #expect(PublicAddress.contains(address))
  }
}
