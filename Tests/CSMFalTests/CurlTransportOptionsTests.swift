import CCurl
import Testing

@testable import CSMFal

@Suite("Options of a transfer")
struct CurlTransportOptionsTests {
  /// See CURLOPT_CA_CACHE_TIMEOUT: with a folder beside the file, libcurl caches nothing.
  @Test("name the system's file of certificates, so that libcurl parses it once")
  func systemFile() throws {
    let file = try #require(CurlTransport.library()?.caFile)
    #expect(CurlTransport.Options().caFile == file)
    #expect(CurlTransport.Options(caFile: "/own.pem").caFile == "/own.pem")
  }

  @Test("share connections with a host again once it has not been silent for a while")
  func stuckHosts() {
    var stuck = StuckHosts()
    let now = ContinuousClock.now
    stuck.noteSilence(of: "https://a:", at: now)
    stuck.noteSilence(of: "https://b:", at: now + .seconds(60))
    #expect(stuck.contains("https://a:", at: now + .seconds(89)))
    #expect(!stuck.contains("https://a:", at: now + .seconds(90)))
    #expect(stuck.contains("https://b:", at: now + .seconds(90)))
    #expect(!stuck.contains("https://c:", at: now))
  }

  @Test("report a refused address only if no address was allowed")
  func severalAddresses() throws {
    let (loopback, known): ([UInt8], [UInt8]) = ([127, 0, 0, 1], [8, 8, 8, 8])
    for addresses in [[loopback], [loopback, known], [known, loopback]] {
      let transfer = try CurlTransport.Transfer(HTTPRequest(.get, "https://fal.media/a.wav"))
      transfer.isPublicOnly = true
      for address in addresses { _ = transfer.mayConnect(to: address) }
      guard case .failure(let failure) = transfer.result(CURLE_COULDNT_CONNECT) else {
        Issue.record("a success")
        continue
      }
      #expect(failure.kind == (addresses.count == 1 ? .refusedAddress : .connect))
    }
  }
}
