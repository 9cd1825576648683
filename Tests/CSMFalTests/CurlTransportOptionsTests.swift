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
}
