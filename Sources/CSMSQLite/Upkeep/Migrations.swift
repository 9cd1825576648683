import GRDB

/// The steps from an empty file to the newest schema, compiled in from `migrations/`.
///
/// Each runs once, in its own transaction. A released migration is never edited.
enum Migrations {
  /// The files, in order.
  private static let files: [(name: String, sql: [UInt8])] = [
    ("0001_create_job", PackageResources._001_create_job_sql),
    ("0002_add_voice", PackageResources._002_add_voice_sql),
    ("0003_add_budget", PackageResources._003_add_budget_sql),
    ("0004_add_author", PackageResources._004_add_author_sql),
    ("0005_measure_audio", PackageResources._005_measure_audio_sql),
    ("0006_rule_by_state", PackageResources._006_rule_by_state_sql),
    ("0007_add_life", PackageResources._007_add_life_sql),
    ("0008_look_again", PackageResources._008_look_again_sql),
    ("0009_keep_takes", PackageResources._009_keep_takes_sql),
    ("0010_gate_audio", PackageResources._010_gate_audio_sql),
    ("0011_hear_audio", PackageResources._011_hear_audio_sql),
    ("0012_speak_again", PackageResources._012_speak_again_sql),
    ("0013_judge_audio", PackageResources._013_judge_audio_sql),
    ("0014_count_lines", PackageResources._014_count_lines_sql),
    ("0015_remember_gates", PackageResources._015_remember_gates_sql),
    ("0016_hear_again", PackageResources._016_hear_again_sql),
  ]

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    for file in files {
      migrator.registerMigration(file.name) { db in
        try db.execute(sql: String(decoding: file.sql, as: UTF8.self))
      }
    }
    return migrator
  }
}
