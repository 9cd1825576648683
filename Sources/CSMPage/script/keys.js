'use strict';

/** Keyboard shortcuts, active unless a text field has the focus, and a list of them.

    - table: rows of [keys, words, action, shown]: `keys` as the browser names them; `shown`, if given, is
      what the list shows instead of them. */
csm.Keys = class {
  constructor(table) {
    this.table = table;
    this.actions = new Map(table.flatMap(([keys, , action]) => keys.map(key => [key, action])));
    document.addEventListener('keydown', event => this.#press(event));
    // After a click, the space bar still plays, instead of pressing the same button again.
    document.addEventListener('click', event => {
      if (event.detail > 0 && !document.querySelector('dialog[open]')) event.target.closest('button')?.blur();
    });
  }

  #press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (document.querySelector('dialog[open]') || csm.Keys.isWriting(target)) return;
    // Space and Enter press the focused button.
    const isPressed = target.closest?.('button, a, summary, [role="slider"]');
    if (isPressed && [' ', 'Enter'].includes(event.key)) return;
    const action = this.actions.get(event.key);
    if (!action) return;
    event.preventDefault();
    action(event);
  }

  static isWriting(target) {
    return target.matches?.('textarea, select, input:not([type="checkbox"], [type="range"])') ?? false;
  }

  /** Shows the keys in a dialog. */
  show() {
    const names = { ' ': 'space', ArrowDown: '↓', ArrowUp: '↑', ArrowLeft: '←', ArrowRight: '→', Escape: 'esc' };
    csm.dialog('Keys', csm.element('dl', { class: 'keys' }, ...this.table
      .filter(([, words]) => words)
      .map(([keys, words, , shown]) => csm.element(
        'div', {},
        csm.element('dt', {}, ...(shown ?? keys).map(key => csm.element('kbd', {}, names[key] ?? key))),
        csm.element('dd', {}, words)))));
  }
};

/** Opens a dialog, which is removed when it is closed. */
csm.dialog = (title, ...children) => {
  const name = `dialog-${Date.now()}`;
  const close = csm.element('button', { type: 'button', onclick: () => dialog.close() }, 'Close');
  const dialog = csm.element(
    'dialog', { 'aria-labelledby': name }, csm.element('h2', { id: name }, title), ...children,
    csm.element('div', { class: 'actions' }, close));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
};
