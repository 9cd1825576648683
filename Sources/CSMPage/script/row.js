'use strict';

/** The rows of a list of lines. */
csm.lineRow = {
  /** - onplay(index), onmark(index, isMarked): called when a person presses these. */
  make: ({ onplay = () => {}, onmark = () => {} }) => {
    const cell = (name, ...children) => csm.element('div', { class: `row-${name}`, role: 'gridcell' }, ...children);
    const parts = {
      box: csm.element('input', {
        type: 'checkbox', tabIndex: -1, onchange: event => onmark(row.index, event.target.checked),
      }),
      play: csm.element('button', {
        type: 'button', class: 'round', tabIndex: -1, onclick: () => onplay(row.index),
      }),
      wave: csm.element('canvas', { class: 'wave', 'aria-hidden': 'true' }),
      name: cell('name'), text: cell('text'), chips: cell('chips'), length: cell('length'),
      decision: cell('decision'),
    };
    parts.length.classList.add('figure');
    const row = csm.element(
      'div', { class: 'row' }, cell('mark', parts.box), cell('play', parts.play), parts.name,
      parts.text, parts.chips, cell('wave', parts.wave), parts.length, parts.decision);
    row.parts = parts;
    return row;
  },

  /** - decision: a chip for the decision about the line; null for none
      - more: further chips */
  draw: (row, line, { decision = null, more = [], isMarked = false, isPlaying = false, heard = 0 } = {}) => {
    const { parts } = row;
    csm.setText(parts.name, line.line);
    csm.setText(parts.text, line.text);
    csm.setText(parts.length, csm.seconds(line.duration_s));
    csm.setText(parts.play, isPlaying ? '❚❚' : '▶');
    parts.play.disabled = !line.audio_url;
    parts.play.setAttribute('aria-label', `${isPlaying ? 'Pause' : 'Play'} ${line.line}`);
    parts.box.checked = isMarked;
    parts.box.setAttribute('aria-label', `Mark ${line.line}`);
    parts.chips.replaceChildren(...csm.lineChips(line), ...more);
    parts.decision.replaceChildren(...(decision ? [decision] : []));
    row.classList.toggle('decided', Boolean(decision));
    parts.wave.hidden = !line.peaks;
    parts.wave.classList.toggle('bad', csm.need(line) === 'bad');
    if (line.peaks) csm.drawWave(parts.wave, line.peaks, { heard });
  },

  /** Makes the column of names as wide as the longest needs, up to a limit. */
  fitNames: (host, lines) => {
    const longest = lines.reduce((most, { line }) => Math.max(most, line.length), 4);
    host.style.setProperty('--name-width', `${Math.min(longest, 22) * 0.52 + 0.3}rem`);
  },

  /** A row whose line was not fetched yet. */
  drawEmpty: row => csm.lineRow.draw(row, { line: '…', text: '', state: 'STORED', checks: [] }),
};
