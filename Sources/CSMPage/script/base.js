'use strict';

// What all scripts of the pages share. A page loads base.js first, and the others in any order; none of
// them runs anything before the page's own script does.
//
// A line is the object that `csm-enqueue list --json` prints, with
//   audio_url  where its audio is; null for nowhere
//   peaks      its waveform: one character for each of some equal parts, see wave.js; null for none,
//              and then `no_peaks` may say why
//   all_takes  its takes, each with take, state, checks, verdict, duration_s, cost_usd, digest, audio_url
//              and peaks; may be left out where the line has one
// Nothing of a line is ever taken for markup: texts go in as texts.

const csm = {};

/** Makes an element. Properties are set as they are; what begins with `aria-`, `data-` or is `role` or
    `for` is an attribute, `on…` a listener. Children are elements or texts; null is none. */
csm.element = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (/^(aria-|data-|role$|for$)/.test(name)) element.setAttribute(name, value);
    else if (name === 'class') element.className = value;
    else element[name] = value;
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
};

/** Sets a text only where it is another: the browser then has nothing to do. */
csm.setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

csm.count = number => number.toLocaleString('en-US');

/** `1 line`, `2,000 lines`. */
csm.counted = (number, noun) => `${csm.count(number)} ${noun}${number === 1 ? '' : 's'}`;

/** `$0.0213`: of small sums all that matters. */
csm.money = dollars => '$' + (dollars >= 1 ? dollars.toFixed(2) : dollars.toFixed(4).replace(/0{1,2}$/, ''));

/** `4.2 s`, `1:05`. */
csm.seconds = seconds => {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
};

/** The takes of a line, the first one first. */
csm.takes = line => line.all_takes ?? [line];

/** What names a line for people and commands. */
csm.id = line => `${line.batch}:${line.line}`;

/** A word in passing, also for those who do not see it; with a way back where `undo` is one. */
csm.notice = (text, undo = null) => {
  let place = document.querySelector('.notice');
  if (!place) document.body.append(place = csm.element('div', { class: 'notice', role: 'status' }));
  const clear = () => { place.textContent = ''; };
  place.textContent = text;
  if (undo) place.append(' ', csm.element('button', { type: 'button', onclick: () => { clear(); undo(); } }, 'Undo'));
  clearTimeout(csm.notice.timer);
  csm.notice.timer = setTimeout(clear, undo ? 10_000 : 4000);
};
