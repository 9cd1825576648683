import CSMCore
import CSMFFmpeg
import CSMFiles

/// One file for the lines of each scene, with gaps; a batch without scenes makes one file.
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
