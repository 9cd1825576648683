import CSMCore
import CSMFFmpeg
import CSMFiles

/// The lines of each scene in one file, with gaps; a batch without scenes is one.
struct JoinedForm: SequenceForm {
  let isWhole = false

  func ext(_ conversion: Conversion?) -> String { conversion?.ext ?? "wav" }

  func nature(of sequence: LineSequence) -> String { "" }

  func make(_ sequence: LineSequence, into draft: ExportFolder.Draft, _ maker: Maker) throws {
    let sound = JoinedSound(sequence, maker)
    guard let conversion = sequence.conversion else { return try sound.writeWAV(into: draft) }
    try sound.encode(
      EncodedSound(ext: conversion.ext, arguments: conversion.arguments), into: draft)
  }
}
