'use strict';

/** Changes of lines. One that costs something is made only after a person has agreed to its price. */
csm.Changes = class {
  /** The price up to which a change of one line is made without asking, in dollars. */
  #agreed = 0;

  /** Makes a change; gives a sentence about what was done, or null if nothing was.

      - lines: each may have `heard`, the digest of the audio that the person heard; a line that has other audio
        now is left alone */
  async make(action, lines, more = {}) {
    const names = lines.map(({ batch, line, heard }) => ({ batch, line, heard: heard?.slice(0, 16) }));
    const post = cost => csm.api.post('change', { action, lines: names, ...more, cost });
    try {
      let answer = await post();
      if (answer.cost) {
        const isAgreed = lines.length === 1 && Number(answer.cost) <= this.#agreed;
        if (!isAgreed && !await this.#ask(action, lines.length, answer)) return null;
        answer = await post(answer.cost);
      }
      if (answer.done) return answer.done;
      csm.notice(`The price is now ${answer.shown}: nothing was done.`);
    } catch (error) {
      csm.notice(error.message);
    }
    return null;
  }

  /** Shows the price of a change; true if the person agrees to it. */
  async #ask(action, count, { cost, shown }) {
    const what = {
      reroll: `Speaking ${csm.counted(count, 'line')} again`, retry: `Sending ${csm.counted(count, 'line')} again`, edit: 'Speaking the new words',
    }[action];
    const again = csm.element('input', { type: 'checkbox', id: 'agree' });
    const isAgreed = await csm.isSure(`${what} costs up to ${shown}`, `Pay up to ${shown}`, count === 1 ? csm.element(
      'label', { class: 'soft', for: again.id }, again, ' Do not ask again for lines up to this price while this page is open') : csm.element(
      'p', { class: 'soft' }, 'You pay only for what fal does not already have.'));
    if (isAgreed && again.checked) this.#agreed = Math.max(this.#agreed, Number(cost));
    return isAgreed;
  }
};

/** Asks a question in a dialog; true if the person presses the button with the words `yes`. */
csm.isSure = (title, yes, ...children) => new Promise(done => {
  let isSure = false;
  const button = csm.element('button', { type: 'button', class: 'primary', onclick: () => { isSure = true; dialog.close(); } }, yes);
  const dialog = csm.dialog(title, ...children);
  dialog.querySelector('.actions').prepend(button);
  dialog.addEventListener('close', () => done(isSure));
  button.focus();
});
