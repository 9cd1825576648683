'use strict';

// States and marks: chips, and a mark's figure in words.

{
  const seconds = figure => `${figure.toFixed(1)} s`;
  const decibels = figure => `${Math.round(figure)} dB`.replace('-', '\u2212');
  const share = figure => `${(figure * 100).toFixed(figure < 0.1 ? 1 : 0)} %`;
  const length = (figure, line) => `${seconds(figure)} for ${csm.counted(line.chars, 'character')}`;

  const words = {
    'silent': figure => `nothing to be heard, ${decibels(figure)} at its loudest`,
    'no-speech': figure => `it never moves as speech does: ${decibels(figure)} between loud and quiet`,
    'too-short': length,
    'too-long': length,
    'capped': figure => `cut off at ${seconds(figure)}, as others of the batch are`,
    'repeat': figure => `the same sounds twice, ${seconds(figure)} of them`,
    'lead': figure => `${seconds(figure)} of silence before the first word`,
    'gap': figure => `${seconds(figure)} of silence within`,
    'tail': figure => `${seconds(figure)} of silence after the last word`,
    'noise-tail': figure => `${seconds(figure)} of noise after the last word`,
    'cut': figure => `it ends in a sound, ${decibels(figure)} beside the speech`,
    'clip': figure => `${share(figure)} of it is clipped`,
    'dc': figure => `its mean is ${figure.toFixed(3)}, not 0`,
  };
  const judged = (figure, { verdict }) => [
    verdict?.reason ?? 'your own judge says so',
    verdict?.transcript ? `it heard: ${verdict.transcript}` : null,
    typeof figure === 'number' ? `score ${figure}` : null,
  ].filter(Boolean).join('; ');
  const bare = {
    'stale': 'it was made behind words that are others now',
    'dup-audio': 'other words have the very same audio',
    'not-measured': 'nobody has looked at its samples',
  };

  /** What a mark says of a line or take, such as `1.2 s for 85 characters`. */
  csm.markWords = (mark, line) => {
    if (['judged-bad', 'judged-odd'].includes(mark.name)) return judged(mark.figure, line);
    if (mark.figure !== null && mark.figure !== undefined) {
      return words[mark.name]?.(mark.figure, line) ?? String(mark.figure);
    }
    return bare[mark.name] ?? '';
  };
}

csm.markChip = (mark, line) => csm.element(
  'span', { class: `chip ${mark.severity}`, title: csm.markWords(mark, line) }, mark.name);

/** How a state looks: `bad` wants a person, `own` is under way. */
csm.stateTone = state => ({
  STORED: 'good', FAILED: 'bad', HELD: 'bad', UNKNOWN: 'bad', CANCELLED: '', QUEUED: '',
}[state] ?? 'own');

csm.stateChip = state => csm.element('span', { class: `chip ${csm.stateTone(state)}` }, state);

/** What a person sees of a line at a glance: its state where it has no audio, else its marks, or that
    somebody accepted it. */
csm.lineChips = line => {
  if (line.state !== 'STORED') return [csm.stateChip(line.state)];
  const chips = (line.checks ?? []).map(mark => csm.markChip(mark, line));
  if (line.accepted) chips.push(csm.element('span', { class: 'chip', title: 'heard, and fine' }, 'accepted'));
  return chips;
};

/** What is wrong with a line, the worst first: `decision` (no audio, and none to come), `bad`, `odd`,
    `patience` (no audio yet), or `nothing`. */
csm.need = line => {
  if (['FAILED', 'HELD', 'UNKNOWN', 'CANCELLED'].includes(line.state)) return 'decision';
  if (line.state !== 'STORED') return 'patience';
  const marks = line.checks ?? [];
  if (marks.some(mark => mark.severity === 'bad')) return 'bad';
  return marks.length ? 'odd' : 'nothing';
};
