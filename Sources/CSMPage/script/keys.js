'use strict';

/** Keyboard shortcuts, active unless a text field has the focus, and a list of them.

    - table: rows of [name, words, action]: `name` stands for keys in `csm.Keys.of`; a row without words is
      not listed. */
csm.Keys = class {
  /** The keys of what pages can do, as the browser names them; a button shows the first. One table for all
      pages, so that a hand need not learn two. */
  static of = {
    play: [' '], next: ['j', 'ArrowDown'], previous: ['k', 'ArrowUp'], unheard: ['n'],
    accept: ['a'], take: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], pick: ['p'], again: ['r'], edit: ['e'], cancel: ['c'],
    undo: ['u'], mark: ['x', 'm'], markAll: ['X'], skip: ['ArrowLeft', 'ArrowRight'], speed: ['s'], goOn: ['g'],
    filter: ['f', 'F'], search: ['/'], page: ['PageDown', 'PageUp'], end: ['Home', 'End'], save: ['d'],
    view: ['[', ']'], help: ['?'],
  };

  constructor(table) {
    this.table = table;
    this.actions = new Map(table.flatMap(([name, , action]) => csm.Keys.of[name].map(key => [key, action])));
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
    const shown = name => name === 'take' ? ['1', '…', '9'] : csm.Keys.of[name];
    csm.dialog('Keys', csm.element('dl', { class: 'keys' }, ...this.table
      .filter(([, words]) => words)
      .map(([name, words]) => csm.element(
        'div', {}, csm.element('dt', {}, ...shown(name).map(key => csm.element('kbd', {}, names[key] ?? key))),
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
