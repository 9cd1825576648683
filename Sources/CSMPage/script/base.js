'use strict';

// Shared by the scripts of all pages. A page loads base.js first, and the others in any order; none of them
// runs anything before the page's own script does.
//
// A line is an object as printed by `csm-enqueue list --json`, with these additions:
//   audio_url  the URL of its audio; null for none
//   peaks      its waveform: one character for each of some equal parts, see wave.js; null for none,
//              and then `no_peaks` may say why
//   all_takes  its takes, each with take, state, checks, verdict, duration_s, cost_usd, digest, audio_url
//              and peaks; may be missing if the line has only one
// Nothing in a line is ever interpreted as markup: texts become text nodes.

const csm = {};

/** Makes an element. `aria-…`, `data-…`, `role` and `for` set attributes, `on…` adds a listener, and
    everything else sets a property. Children are elements or texts; null is skipped. */
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

/** Sets a text only if it changed, to save the browser work. */
csm.setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

csm.count = number => number.toLocaleString('en-US');

/** Such as `1 line`, `2,000 lines`. */
csm.counted = (number, noun) => `${csm.count(number)} ${noun}${number === 1 ? '' : 's'}`;

/** Such as `$0.0213`; small sums have more digits. */
csm.money = dollars => '$' + (dollars >= 1 ? dollars.toFixed(2) : dollars.toFixed(4).replace(/0{1,2}$/, ''));

/** Such as `4.2 s`, `1:05`. */
csm.seconds = seconds => {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
};

/** The takes of a line, in order. */
csm.takes = line => line.all_takes ?? [line];

/** The name of a line for people and commands. */
csm.id = line => `${line.batch}:${line.line}`;

/** Shows a short message, which screen readers announce too; `undo` adds a button that calls it. */
csm.notice = (text, undo = null) => {
  let place = document.querySelector('.notice');
  if (!place) document.body.append(place = csm.element('div', { class: 'notice', role: 'status' }));
  const clear = () => { place.textContent = ''; };
  place.textContent = text;
  if (undo) place.append(' ', csm.element('button', { type: 'button', onclick: () => { clear(); undo(); } }, 'Undo'));
  clearTimeout(csm.notice.timer);
  csm.notice.timer = setTimeout(clear, undo ? 10_000 : 4000);
};
