import CSMCore
import CSMSQLite
import CSMWorkplace
import HTTPTypes
import Testing

@testable import CSMWeb

/// Who may use the page, and what other visitors get.
@Suite("Access")
struct AccessTests {
  static let paths = [
    "/", "/api/tonight", "/api/events", "/api/lines", "/api/line?batch=a&line=b", "/api/choices",
    "/audio/\(String(repeating: "0", count: 64))", "/peaks/\(String(repeating: "0", count: 64))",
    "/csm.db", "/api/../csm.db", "/objects/aa/bb", "//etc/passwd", "/web.browsers",
  ]

  @Test("a stranger gets nothing", arguments: paths)
  func stranger(path: String) async throws {
    let house = try House()
    try house.add(["A secret line."])
    let reply = try await house.call(.get, path)
    #expect([.unauthorized, .notFound, .badRequest].contains(reply.status), "\(path)")
    #expect(!reply.text.contains("secret"))
  }

  @Test(
    "a stranger changes nothing",
    arguments: ["change", "add", "voice", "pause", "resume", "budget"])
  func strangeChange(name: String) async throws {
    let house = try House()
    let reply = try await house.call(.post, "/api/\(name)")
    #expect(reply.status == .unauthorized)
  }

  @Test("a ticket lets one browser in, once")
  func ticket() async throws {
    let house = try House()
    let ticket = house.keyring.ticket
    let first = try await house.call(.get, "/enter?ticket=\(ticket)")
    #expect(first.status == .ok)
    let cookie = try #require(first.headers[.setCookie])
    for part in ["csm_web_8330=", "HttpOnly", "SameSite=Strict", "Path=/"] {
      #expect(cookie.contains(part))
    }
    #expect(house.keyring.ticket != ticket)
    let second = try await house.call(.get, "/enter?ticket=\(ticket)")
    #expect(second.status == .forbidden)
    #expect(second.headers[.setCookie] == nil)
    for wrong in ["", "?ticket=", "?ticket=none", "?ticket=\(ticket.uppercased())"] {
      #expect(try await house.call(.get, "/enter\(wrong)").status == .forbidden)
    }
    // A preview of a link does not use up its ticket.
    _ = try await house.call(.head, "/enter?ticket=\(house.keyring.ticket)")
    #expect(try await house.call(.get, "/enter?ticket=\(house.keyring.ticket)").status == .ok)
  }

  @Test("pages on two ports do not log each other out")
  func ports() async throws {
    let house = try House()
    var cookies: [String: String] = [:]
    var names: [String: String] = [:]
    for host in ["127.0.0.1:8330", "127.0.0.1:8331", "localhost", "[::1]:8330"] {
      let ticket = "/enter?ticket=\(house.keyring.ticket)"
      let reply = try await house.call(.get, ticket, host: host)
      let cookie = try #require(reply.headers[.setCookie]?.split(separator: ";").first)
      cookies[host] = String(cookie)
      names[host] = String(try #require(cookie.split(separator: "=").first))
    }
    #expect(
      names == [
        "127.0.0.1:8330": "csm_web_8330", "127.0.0.1:8331": "csm_web_8331",
        "localhost": "csm_web_80", "[::1]:8330": "csm_web_8330",
      ])
    // A browser sends the cookies of all ports to each.
    let sent = ["127.0.0.1:8330", "127.0.0.1:8331", "localhost"].compactMap { cookies[$0] }
      .joined(separator: "; ")
    for host in ["127.0.0.1:8330", "127.0.0.1:8331", "localhost"] {
      let reply = try await house.call(.get, "/", host: host, [(.cookie, sent)])
      #expect(reply.status == .ok, "\(host)")
    }
    let other = try await house.call(.get, "/", host: "127.0.0.1:8332", [(.cookie, sent)])
    #expect(other.status == .unauthorized)
  }

  @Test("the cookie alone shows only the page")
  func cookieAlone() async throws {
    let house = try House()
    let pass = try house.pass()
    let alone = Keyring.Pass(cookie: pass.cookie, key: "")
    #expect(try await house.call(.get, "/", alone).status == .ok)
    #expect(try await house.call(.get, "/api/choices", alone).status == .unauthorized)
    #expect(try await house.call(.post, "/api/pause", alone).status == .unauthorized)
    #expect(try await house.call(.get, "/api/choices", pass).status == .ok)
    let mixed = Keyring.Pass(cookie: pass.cookie, key: try house.pass().key)
    #expect(try await house.call(.get, "/api/choices", mixed).status == .unauthorized)
  }

  @Test("a browser is known for a week, also to the next run")
  func lifetime() async throws {
    let house = try House()
    let pass = try house.pass()
    let next = Keyring(saved: house.keyring.saved)
    #expect(next.admits(cookie: pass.cookie, key: pass.key, at: House.start))
    #expect(!String(decoding: house.keyring.saved, as: UTF8.self).contains(pass.cookie))
    house.wait(Keyring.lifetime - .seconds(1))
    #expect(try await house.call(.get, "/api/choices", pass).status == .ok)
    house.wait(.seconds(1))
    #expect(try await house.call(.get, "/api/choices", pass).status == .unauthorized)
  }

  @Test(
    "only names of this machine are answered",
    arguments: [
      ("127.0.0.1:8330", true), ("localhost", true), ("LOCALHOST:1", true), ("[::1]:8330", true),
      ("evil.example", false), ("evil.example:8330", false), ("localhost.evil.example", false),
      ("127.0.0.1.evil.example", false), ("127.0.0.1:8330:1", false), ("localhost:", false),
      ("localhost:99999", false), ("0.0.0.0:8330", false), ("127.0.0.2", false), ("", false),
      ("user@localhost", false),
    ])
  func host(name: String, isAnswered: Bool) async throws {
    let house = try House()
    let reply = try await house.call(.get, "/api/choices", try house.pass(), host: name)
    #expect((reply.status == .ok) == isAnswered)
    let noName = try await house.call(.get, "/api/choices", try house.pass(), host: nil)
    #expect(noName.status == .forbidden)
  }

  @Test(
    "only our own page can change something",
    arguments: [
      ("http://127.0.0.1:8330", "same-origin", true), ("http://127.0.0.1:8330", "", true),
      ("", "", false), ("null", "", false), ("http://evil.example", "", false),
      ("https://127.0.0.1:8330", "", false), ("http://127.0.0.1:9999", "", false),
      ("http://localhost:8330", "", false), ("http://127.0.0.1:8330", "same-site", false),
      ("http://127.0.0.1:8330", "cross-site", false), ("http://127.0.0.1:8330", "none", false),
    ])
  func origin(origin: String, site: String, isDone: Bool) async throws {
    let house = try House()
    try house.add(["A line."])
    let reply = try await house.call(
      .post, "/api/pause", try house.pass(), [(.origin, origin), (.secFetchSite, site)])
    #expect((reply.status == .ok) == isDone)
    let gates = try house.workplace.reading { try $0.gates() }
    #expect(gates.isEmpty != isDone)
  }

  @Test("another page reads nothing", arguments: ["same-site", "cross-site"])
  func reading(site: String) async throws {
    let house = try House()
    let pass = try house.pass()
    for path in ["/", "/api/choices", "/audio/x"] {
      #expect(try await house.call(.get, path, pass, [(.secFetchSite, site)]).status == .forbidden)
    }
    // A link on another page may lead to /enter.
    let link = "/enter?ticket=\(house.keyring.ticket)"
    #expect(try await house.call(.get, link, nil, [(.secFetchSite, site)]).status == .ok)
  }

  @Test(
    "each answer has the security headers",
    arguments: ["/", "/enter", "/assets/page.js", "/none", "/api/lines"])
  func headers(path: String) async throws {
    let house = try House()
    let reply = try await house.call(.get, path, try house.pass())
    let policy = try #require(reply.headers[.contentSecurityPolicy])
    #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
    #expect(!policy.contains("unsafe") && !policy.contains("http"))
    #expect(reply.headers[.xContentTypeOptions] == "nosniff")
    #expect(HTTPField.Name("Referrer-Policy").flatMap { reply.headers[$0] } == "no-referrer")
  }

  @Test("no page has inline scripts, styles or handlers")
  func inline() async throws {
    let house = try House()
    for path in ["/", "/enter?ticket=\(house.keyring.ticket)"] {
      let text = try await house.call(.get, path, try house.pass()).text
      #expect(text.firstMatch(of: /<script(?! src=)|<style|\sstyle=|\son\w+=/) == nil)
    }
  }

  @Test(
    "other methods and paths are refused",
    arguments: [
      (HTTPRequest.Method.put, "/api/change"), (.delete, "/"), (.options, "/api/lines"),
      (.post, "/"), (.get, "/api/change"),
    ])
  func method(method: HTTPRequest.Method, path: String) async throws {
    let house = try House()
    let fields: [(HTTPField.Name, String)] = [(.origin, "http://\(House.local)")]
    let reply = try await house.call(method, path, try house.pass(), method == .get ? [] : fields)
    #expect(reply.status == .methodNotAllowed || reply.status == .notFound)
  }
}
