/// The style, the scripts and the markup of all pages: the files of `look` and `script`, which say themselves
/// what they are for.
package enum PageAssets {
  /// Colours and type, parts, and the bench at which lines are listened to.
  package static let style = joined(
    PackageResources.tokens_css, PackageResources.parts_css, PackageResources.bench_css)

  /// The parts that take plain data: no page's own script.
  package static let script = joined(
    PackageResources.base_js, PackageResources.marks_js, PackageResources.wave_js,
    PackageResources.player_js, PackageResources.list_js, PackageResources.row_js,
    PackageResources.pane_js, PackageResources.keys_js)

  /// What the page of `review` has beside the parts.
  package static let reviewScript = joined(
    PackageResources.decisions_js, PackageResources.filter_js, PackageResources.review_js)

  /// The page of `review`, see `PageTemplate`.
  package static let review = PageTemplate(joined(PackageResources.review_html))

  private static func joined(_ files: [UInt8]...) -> String {
    files.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
  }
}
