import CSMCore
import CSMFiles
import CSMPage
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The files that make up the page.
enum PageFile {
  private static let html = "text/html; charset=utf-8"
  private static let script = "text/javascript; charset=utf-8"
  private static let style = "text/css; charset=utf-8"

  private static let assets: [String: (type: String, bytes: [UInt8])] = [
    "enter.js": (script, PackageResources.enter_js),
    "icon.svg": ("image/svg+xml", PackageResources.icon_svg),
    "page.css": (style, [UInt8](PageAssets.style.utf8) + PackageResources.web_css),
    "page.js": (
      script,
      [UInt8](PageAssets.script.utf8)
        + joined(
          PackageResources.api_js, PackageResources.live_js, PackageResources.tonight_js,
          PackageResources.source_js, PackageResources.filters_js, PackageResources.changes_js,
          PackageResources.history_js, PackageResources.bench_js, PackageResources.recorder_js,
          PackageResources.add_js, PackageResources.app_js)
    ),
  ]

  private static func joined(_ files: [UInt8]...) -> [UInt8] {
    [UInt8](files.joined(separator: "\n".utf8))
  }

  /// The `ETag` of each file.
  private static let tags = assets.mapValues {
    "\"\(Digest(of: $0.bytes).hex.prefix(32))\""
  }

  static var shell: Response { Answer.make(.ok, type: html, PackageResources.shell_html) }

  /// A redirect to the first view, whatever the page shows now.
  static var home: Response {
    var response = Answer.text(.seeOther, "/#tonight")
    response.headers[.location] = "/#tonight"
    return response
  }

  static func asset(_ name: String, _ head: HTTPRequest) -> Response {
    guard let asset = assets[name], let tag = tags[name] else {
      return Answer.text(.notFound, "there is nothing here")
    }
    let isKnown = head.headerFields[.ifNoneMatch]?.contains(tag) == true
    var response =
      isKnown
      ? Answer.make(.notModified, type: asset.type, cache: "no-cache", body: ResponseBody())
      : Answer.make(.ok, type: asset.type, asset.bytes, cache: "no-cache")
    response.headers[.eTag] = tag
    return response
  }

  /// The outcome of a visit to `/enter`.
  enum Entry {
    case admitted(key: String)
    /// The ticket is wrong or was used before.
    case used
    /// The browser is not known.
    case refused
  }

  /// The page of `/enter`, which stores the key in the browser; the key is hexadecimal digits.
  static func enter(_ entry: Entry) -> Response {
    let (status, key): (HTTPResponse.Status, String) =
      switch entry {
      case .admitted(let key): (.ok, key)
      case .used: (.forbidden, "used")
      case .refused: (.unauthorized, "refused")
      }
    let page = String(decoding: PackageResources.enter_html, as: UTF8.self)
    return Answer.make(
      status, type: html, [UInt8](page.replacing("@KEY@", with: key).utf8))
  }
}
