'use strict';

// Chips for states and marks, and descriptions of marks.

{
  const seconds = figure => `${figure.toFixed(1)} s`;
  const decibels = figure => `${Math.round(figure)} dB`.replace('-', '\u2212');
  const share = figure => `${(figure * 100).toFixed(figure < 0.1 ? 1 : 0)} %`;
  const length = (figure, line) => `${seconds(figure)} for ${csm.counted(line.chars, 'character')}`;

  const words = {
    'silent': figure => `nothing audible, ${decibels(figure)} at its loudest`,
    'no-speech': figure => `does not vary like speech: ${decibels(figure)} between loud and quiet`,
    'too-short': length,
    'too-long': length,
    'capped': figure => `cut off at ${seconds(figure)}, like others of the batch`,
    'repeat': figure => `${seconds(figure)} of sound repeated`,
    'lead': figure => `${seconds(figure)} of silence before the first word`,
    'gap': figure => `${seconds(figure)} of silence in the middle`,
    'tail': figure => `${seconds(figure)} of silence after the last word`,
    'noise-tail': figure => `${seconds(figure)} of noise after the last word`,
    'cut': figure => `ends abruptly, at ${decibels(figure)} relative to the speech`,
    'clip': figure => `${share(figure)} of it is clipped`,
    'dc': figure => `its mean is ${figure.toFixed(3)}, not 0`,
  };
  const judged = (figure, { verdict }) => [
    verdict?.reason ?? 'your own judge says so',
    verdict?.transcript ? `it heard: ${verdict.transcript}` : null,
    typeof figure === 'number' ? `score ${figure}` : null,
  ].filter(Boolean).join('; ');
  const bare = {
    'stale': 'the words before it have changed since it was made',
    'dup-audio': 'other words have exactly the same audio',
    'not-measured': 'its samples have not been measured',
  };

  /** A description of a mark on a line or take, such as `1.2 s for 85 characters`. */
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

/** The class of a state's chip: `bad` needs attention, `own` is in progress. */
csm.stateTone = state => ({
  STORED: 'good', FAILED: 'bad', HELD: 'bad', UNKNOWN: 'bad', CANCELLED: '', QUEUED: '',
}[state] ?? 'own');

csm.stateChip = state => csm.element('span', { class: `chip ${csm.stateTone(state)}` }, state);

/** The chips of a line: its state if it has no audio, else its marks, and whether it was accepted. */
csm.lineChips = line => {
  if (line.state !== 'STORED') return [csm.stateChip(line.state)];
  const chips = (line.checks ?? []).map(mark => csm.markChip(mark, line));
  if (line.accepted) chips.push(csm.element('span', { class: 'chip', title: 'listened to, and fine' }, 'accepted'));
  return chips;
};

/** What a line needs, the worst first: `decision` (no audio, and none to come), `bad`, `odd`, `patience`
    (no audio yet), or `nothing`. */
csm.need = line => {
  if (['FAILED', 'HELD', 'UNKNOWN', 'CANCELLED'].includes(line.state)) return 'decision';
  if (line.state !== 'STORED') return 'patience';
  const marks = line.checks ?? [];
  if (marks.some(mark => mark.severity === 'bad')) return 'bad';
  return marks.length ? 'odd' : 'nothing';
};
