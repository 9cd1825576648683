import CSMCore
import Foundation
import Testing

/// Rules about the sources that the compiler does not check, such as which module may import which.
@Suite("Tidy")
struct TidyTests {
  /// The modules that each folder may import; Sources/README.md explains the map.
  static let mayImport: [String: Set<String>] = [
    "CSMCore": [],
    "CSMSQLite": [
      "CSMCore", "Crypto", "Foundation", "GRDB", "GRDBSQLite", "Glibc", "Synchronization",
    ],
    "CSMFal": ["CSMCore", "CCurl", "CLinux", "Foundation", "Glibc", "Synchronization"],
    "CSMFiles": ["CLinux", "CSMCore", "Crypto", "Glibc", "Synchronization"],
    "CSMInput": ["CSMCore", "Foundation", "Glibc", "TOMLKit"],
    "CSMWorkplace": ["CSMCore", "CSMFiles", "CSMSQLite", "Foundation"],
    "CSMReports": [
      "CLinux", "CSMCore", "CSMFiles", "CSMSQLite", "CSMWorkplace", "Foundation",
    ],
    "CSMAdding": [
      "CSMCore", "CSMFiles", "CSMInput", "CSMReports", "CSMSQLite", "CSMWorkplace", "Foundation",
    ],
    "CSMFFmpeg": ["CSMFiles", "CSMWorkplace", "Foundation"],
    "CSMDeciding": [
      "CSMCore", "CSMFiles", "CSMInput", "CSMReports", "CSMSQLite", "CSMWorkplace", "Foundation",
    ],
    "CSMDelivery": [
      "CSMCore", "CSMDeciding", "CSMFFmpeg", "CSMFiles", "CSMInput", "CSMPage", "CSMReports",
      "CSMSQLite",
      "CSMWorkplace", "Dispatch", "Foundation", "Synchronization",
    ],
    "CSMHelp": ["CSMCore"],
    "CSMPage": ["CSMCore"],
    "CSMDaemon": [
      "CLinux", "CSMCore", "CSMFal", "CSMFiles", "CSMSQLite", "Foundation", "Glibc", "Logging",
      "Subprocess", "SystemPackage", "Synchronization",
    ],
    "CSMWeb": [
      "CLinux",
      "CSMAdding", "CSMCore", "CSMDeciding", "CSMFiles", "CSMInput", "CSMPage", "CSMReports",
      "CSMSQLite", "CSMWorkplace", "Foundation", "Glibc", "HTTPTypes", "HummingbirdCore", "Logging",
      "NIOCore", "NIOPosix", "Synchronization",
    ],
    "csm-web": [
      "ArgumentParser", "CLinux", "CSMCore", "CSMFiles", "CSMWeb", "CSMWorkplace", "Foundation",
      "Synchronization", "UnixSignals",
    ],
    "csmd": [
      "ArgumentParser", "CSMCore", "CSMDaemon", "CSMFal", "CSMFiles", "CSMReports", "CSMSQLite",
      "CSMWorkplace", "Dispatch", "Foundation", "Glibc", "Logging", "Synchronization",
    ],
    "csm-enqueue": [
      "ArgumentParser", "CLinux", "CSMAdding", "CSMCore", "CSMDeciding", "CSMDelivery", "CSMFFmpeg",
      "CSMFiles", "CSMHelp", "CSMInput", "CSMReports", "CSMSQLite", "CSMWorkplace", "Dispatch",
      "Foundation",
      "Synchronization",
    ],
  ]

  @Test("each folder imports only allowed modules", arguments: mayImport.keys.sorted())
  func imports(folder: String) throws {
    let allowed = try #require(Self.mayImport[folder])
    for file in try Self.swiftFiles(in: "Sources/\(folder)") {
      for module in file.imports {
        #expect(allowed.contains(module), "\(file.path) imports \(module)")
      }
    }
  }

  @Test("only the curl transport imports CCurl")
  func curl() throws {
    for file in try Self.swiftFiles(in: "Sources/CSMFal") where file.imports.contains("CCurl") {
      let isItsHome = file.name.hasPrefix("CurlTransport") || file.name.hasPrefix("PublicAddress")
      #expect(isItsHome, "\(file.path) imports CCurl")
    }
  }

  @Test("only CSMSQLite contains SQL")
  func sql() throws {
    let statement = /"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|PRAGMA)\s/
    for file in try Self.swiftFiles(in: "Sources")
    where !file.path.hasPrefix("Sources/CSMSQLite") {
      #expect(file.text.firstMatch(of: statement) == nil, "\(file.path) contains SQL")
    }
  }

  @Test("only two calls make a POST: the submit, and the request for a place to upload a clip")
  func post() throws {
    let places = try Self.swiftFiles(in: "Sources/CSMFal").filter { $0.text.contains(".post,") }
    #expect(places.map(\.name) == ["FalClient+Upload.swift", "FalClient.swift"])
    for file in places {
      #expect(file.text.components(separatedBy: ".post,").count == 2, "\(file.path) posts twice")
    }
    let upload = places.first?.text
    #expect(upload?.contains(".post, \"\\(services.restURL)/storage/upload/initiate?") == true)
  }

  @Test("nothing traps on external data, and no note of unfinished work is left")
  func words() throws {
    let banned = ["TO" + "DO", "FIX" + "ME", "try" + "!", "as" + "! ", "fatal" + "Error("]
    for file in try Self.swiftFiles(in: "Sources") {
      for word in banned {
        #expect(!file.text.contains(word), "\(file.path) contains \(word)")
      }
    }
  }

  @Test("no async function has typed throws: a release build then frees in the wrong order")
  func typedErrors() throws {
    // Release builds of Swift 6.3.1 end the process with "freed pointer was not the last allocation";
    // debug builds do not. Return a `Result` instead.
    for file in try Self.swiftFiles(in: "Sources") {
      #expect(!file.text.contains("async " + "throws("), "\(file.path) has typed throws")
    }
  }

  @Test("no file is longer than 400 lines")
  func length() throws {
    for file in try Self.swiftFiles(in: "Sources") {
      let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
      #expect(lines <= 400, "\(file.path) has \(lines) lines: split it")
    }
  }

  @Test("migrations are numbered without gaps, and compiled in")
  func migrations() throws {
    let names = try FileManager.default.contentsOfDirectory(
      atPath: Self.root.appending(path: "migrations").path
    ).sorted()
    let package = try Self.text(of: "Package.swift")
    let list = try Self.text(of: "Sources/CSMSQLite/Upkeep/Migrations.swift")
    for (index, name) in names.enumerated() {
      let number = String(index + 1)
      let prefix = String(repeating: "0", count: 4 - number.count) + number + "_"
      #expect(name.hasPrefix(prefix), "\(name) should begin with \(prefix)")
      #expect(package.contains("migrations/\(name)"), "Package.swift does not embed \(name)")
      #expect(list.contains(name.dropLast(4)), "Migrations.swift does not list \(name)")
    }
  }

  @Test("Sources/README.md names every folder")
  func map() throws {
    let map = try Self.text(of: "Sources/README.md")
    for folder in try Self.folders(in: "Sources") {
      #expect(map.contains("`\(folder)`"), "Sources/README.md does not name \(folder)")
    }
  }

  @Test("the pages have a name for each check of audio")
  func marks() throws {
    let script = try Self.text(of: "Sources/CSMPage/script/marks.js")
    for check in AudioCheck.allCases {
      #expect(script.contains("'\(check.rawValue)'"), "marks.js has no name for \(check.rawValue)")
    }
  }

  @Test("the page has the same port in csm-web, its socket and what people read")
  func port() throws {
    let serve = try Self.text(of: "Sources/csm-web/Serve.swift")
    let port = try #require(serve.firstMatch(of: /usualPort = (\d+)/)).1
    let socket = try Self.text(of: "systemd/csm-web.socket")
    #expect(socket.contains("ListenStream=127.0.0.1:\(port)\n"))
    for page in ["README.md", "systemd/README.md"] {
      #expect(try Self.text(of: page).contains("ssh -L \(port):127.0.0.1:\(port) HOST"), "\(page)")
    }
  }

  @Test("pages for people are at most 105 columns wide, and their links work")
  func pages() throws {
    for page in Self.pages {
      let text = try Self.text(of: page)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      var isCode = false
      for (index, line) in lines.enumerated() {
        if line.hasPrefix("```") { isCode.toggle() }
        let mayBeLong = isCode || line.hasPrefix("|")
        #expect(mayBeLong || line.count <= 105, "\(page):\(index + 1) is too long")
      }
      let folder = Self.root.appending(path: page).deletingLastPathComponent()
      for link in text.matches(of: /\]\(([^):#]+)\)/) {
        let target = folder.appending(path: String(link.1))
        #expect(
          FileManager.default.fileExists(atPath: target.path),
          "\(page) links to \(link.1), which does not exist")
      }
    }
  }

  private static let pages = [
    "README.md", "Sources/README.md", "Tests/README.md", "systemd/README.md",
    ".github/CONTRIBUTING.md", "Sources/CSMHelp/exports.md", "Sources/CSMHelp/formats.md",
    "Sources/CSMHelp/judge.md", "Sources/CSMHelp/settings.md", "Sources/CSMHelp/states.md",
  ]

  // MARK: Files

  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(of path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func folders(in folder: String) throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: folder).path)
    return names.filter { name in
      let path = root.appending(path: "\(folder)/\(name)").path
      return (try? FileManager.default.contentsOfDirectory(atPath: path)) != nil
    }
  }

  struct SourceFile {
    let path: String
    let text: String

    var name: String { (path as NSString).lastPathComponent }

    var imports: [String] {
      text.matches(of: /(?m)^\s*(?:@\w+ )?import (?:\w+ )?(\w+)/).map { String($0.1) }
    }
  }

  static func swiftFiles(in folder: String) throws -> [SourceFile] {
    let names = try FileManager.default.subpathsOfDirectory(
      atPath: root.appending(path: folder).path)
    return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
      SourceFile(path: "\(folder)/\(name)", text: try text(of: "\(folder)/\(name)"))
    }
  }
}
