extension AudioMeasure {
  /// The range of the level, in decibels.
  package var dynamics: Double { speechLevel - floorLevel }

  /// The milliseconds from the first sound to the last, less what has a mark of its own (a gap, or
  /// noise at the end); nil without any sound.
  package var spokenMilliseconds: Int? {
    guard soundMilliseconds > 0 else { return nil }
    let gap = pauseMilliseconds > AudioLimits.gapMilliseconds ? pauseMilliseconds : 0
    return max(0, spanMilliseconds - gap - (hasNoiseTail ? evenTailMilliseconds : 0))
  }

  /// Whether audible noise follows the speech.
  var hasNoiseTail: Bool {
    tailMilliseconds <= AudioLimits.tailMilliseconds
      && evenTailMilliseconds > AudioLimits.noiseTailMilliseconds
      && evenTailLevel > AudioLimits.noiseTailLevel
  }

  /// The mean level of everything but silence, in decibels of full scale.
  package func soundLevel(milliseconds: Int) -> Double {
    let share = Double(soundMilliseconds) / Double(max(1, milliseconds))
    return Double(Decibels.of(level * level / max(share, 1e-6)))
  }

  /// Whether its peaks are clipped.
  ///
  /// A pure tone spends a ninth of the time near its peak; speech hardly any.
  package var isClipped: Bool { clipped > (isEven ? 0.2 : AudioLimits.clipped) }

  /// Whether nothing can be heard, or only a click.
  package var isInaudible: Bool {
    speechLevel <= AudioLimits.silentLevel || soundMilliseconds < AudioLimits.soundMilliseconds
  }

  /// Whether it is inaudible or only a hiss.
  var isSilent: Bool {
    isInaudible || isEven && speechLevel <= AudioLimits.hissLevel
  }

  /// Whether neither level nor timbre varies the way speech does.
  package var isEven: Bool {
    dynamics < AudioLimits.dynamics || timbreRange < AudioLimits.timbreRange
  }
}
