/// Known formats that cannot be read here, and what to convert them to.
package enum ForeignFormat {
  private static let advice: [(endings: [String], advice: String)] = [
    (
      ["ass", "ssa", "sub", "sbv", "lrc", "ttml", "dfxp", "stl", "smi"],
      "save the subtitles as .srt or .vtt, which every subtitle editor can write"
    ),
    (
      ["fountain", "fdx", "celtx", "rpy"],
      "write each turn on a line, such as Anna: Did you hear that?, and name the file .script"
    ),
    (
      ["po", "pot", "mo", "xlf", "xliff", "tmx", "resx", "strings", "ftl", "arb"],
      "export the translations as a table (.csv) with the columns id and text"
    ),
    (["apkg", "colpkg"], "in Anki, export Notes in Plain Text, then use --as csv and --columns"),
    (
      [
        "xlsx", "xls", "ods", "numbers", "docx", "doc", "odt", "rtf", "pdf", "epub", "mobi", "html",
        "htm", "xhtml", "xml", "yaml", "yml", "tex", "parquet", "arrow", "sqlite", "db", "zip",
        "gz",
        "bz2", "xz", "zst", "7z", "tar", "wav", "mp3", "ogg", "opus", "flac", "m4a",
      ],
      "save it as UTF-8 text or CSV"
    ),
  ]

  /// What to do with a file of this extension; nil if it may be text.
  package static func advice(forEnding ending: some StringProtocol) -> String? {
    advice.first { $0.endings.contains(ending.lowercased()) }?.advice
  }
}
