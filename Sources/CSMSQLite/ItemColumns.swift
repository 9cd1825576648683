/// SQL: the columns that a copy of a line's row keeps, whatever its job is and why it is there.
enum ItemColumns {
  static let copied = """
    batch_id, line, is_numbered, key, is_edited, text, source_file, source_line, meta, speaker, voice,
    scene, turn, added_by, added_uid, created_at
    """
}
