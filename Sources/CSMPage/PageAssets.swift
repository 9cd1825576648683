/// The style, scripts and markup shared by all pages; each file in `look` and `script` describes itself.
package enum PageAssets {
  /// Colours and type, components, and the listening bench.
  package static let style = joined(
    PackageResources.tokens_css, PackageResources.parts_css, PackageResources.bench_css)

  /// Components, which take plain data and belong to no page in particular.
  package static let script = joined(
    PackageResources.base_js, PackageResources.marks_js, PackageResources.wave_js,
    PackageResources.player_js, PackageResources.list_js, PackageResources.row_js,
    PackageResources.pane_js, PackageResources.keys_js,
    PackageResources.ways_js)

  /// The script of the page of `review`, to follow `script`.
  package static let reviewScript = joined(
    PackageResources.decisions_js, PackageResources.filter_js, PackageResources.review_js)

  /// The markup of the page of `review`.
  package static let review = PageTemplate(joined(PackageResources.review_html))

  private static func joined(_ files: [UInt8]...) -> String {
    files.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
  }
}
