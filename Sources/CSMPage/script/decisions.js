'use strict';

/** A person's decisions about the lines of a page; kept in the browser's storage if it has any. */
csm.Decisions = class {
  #made = new Map();
  #before = [];

  constructor(head) {
    this.head = head;
    this.place = `csm-review ${head.batch} ${head.made_at}`;
    this.isKept = true;
    this.isSaved = true;
  }

  /** The decisions of an earlier visit to the same page. */
  static restored(head) {
    const decisions = new csm.Decisions(head);
    try {
      const kept = JSON.parse(localStorage.getItem(decisions.place) ?? '[]');
      decisions.#made = new Map(kept.map(one => [one.id, one]));
    } catch {
      decisions.isKept = false;
    }
    return decisions;
  }

  get count() { return this.#made.size; }
  get all() { return [...this.#made.values()]; }

  /** Whether closing the page loses nothing. */
  get isSafe() { return this.isKept || this.isSaved || this.count === 0; }

  of(line) { return this.#made.get(csm.id(line)) ?? null; }

  /** - decision: its `of` is the line or take that was heard */
  set(line, { of, ...decision }) {
    const id = csm.id(line);
    this.#before.push({ line, was: this.#made.get(id) ?? null });
    this.#made.set(id, { id, ...decision, seen: csm.seen(line, of), ...csm.cost(line, decision, this.head) });
    this.#keep();
  }

  /** Undoes the last decision; returns its line, or null if there is none. */
  undo() {
    const last = this.#before.pop();
    if (!last) return null;
    if (last.was) this.#made.set(last.was.id, last.was);
    else this.#made.delete(csm.id(last.line));
    this.#keep();
    return last.line;
  }

  /** The file to save: a line that identifies the page, and a line for each decision. */
  get file() {
    const { batch, made_at } = this.head;
    const rows = this.all.map(({ cost_usd, ...decision }) => decision);
    return [{ batch, made_at, decisions: rows.length }, ...rows].map(row => JSON.stringify(row) + '\n').join('');
  }

  get cost() { return this.all.reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), 0); }

  #keep() {
    this.isSaved = false;
    if (!this.isKept) return;
    try {
      localStorage.setItem(this.place, JSON.stringify(this.all));
    } catch {
      this.isKept = false;
      csm.notice('This browser cannot store more: save before you close the page.');
    }
  }
};

/** What the person saw, so that `decide` can tell whether it has changed since. */
csm.seen = (line, take) => ({
  words: line.words ?? null,
  audio: take?.digest?.slice(0, 16) ?? null,
  takes: Math.max(...csm.takes(line).map(one => one.take)),
});

/** The highest cost of a decision. */
csm.cost = (line, { decision, text }, head) => {
  const characters = { reroll: line.chars, retry: line.chars, edit: [...(text ?? '')].length }[decision] ?? 0;
  return characters ? { cost_usd: characters / 1000 * head.price_usd_per_1000_chars } : {};
};

csm.decisionChip = decision => {
  if (!decision) return null;
  const [words, tone] = {
    accept: ['accepted', 'good'], pick: [`take ${decision.take}`, 'good'], reroll: ['reroll', 'own'],
    retry: ['retry', 'own'], edit: ['edited', 'own'], cancel: ['cancel', ''],
  }[decision.decision] ?? [decision.decision, ''];
  return csm.element('span', { class: `chip ${tone}`, title: decision.text ?? '' }, words);
};

/** The dialog to save or copy the decisions. */
csm.showDecisions = (decisions, head) => {
  const counts = new Map();
  for (const { decision } of decisions.all) counts.set(decision, (counts.get(decision) ?? 0) + 1);
  const name = `${head.batch.replace(/[^\w.-]+/g, '_')}-decisions.jsonl`;
  const said = [...counts].map(([decision, count]) => `${csm.count(count)} ${decision}`).join(', ');
  const cost = decisions.cost ? `; about ${csm.money(decisions.cost)} to pay` : '';
  const download = () => {
    const url = URL.createObjectURL(new Blob([decisions.file], { type: 'application/jsonl' }));
    csm.element('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    decisions.isSaved = true;
    csm.notice(`${name} is saved.`);
  };
  const copy = async () => {
    const isCopied = await csm.copy(decisions.file);
    decisions.isSaved ||= isCopied;
    csm.notice(isCopied ? 'Copied.' : 'This browser does not allow copying: save the file.');
  };
  const dialog = csm.dialog(
    csm.counted(decisions.count, 'decision'),
    csm.element('p', {}, `${said}${cost}.`),
    csm.element('p', { class: 'soft' }, 'Save the file. This command then says what it would do, and does it if you agree:'),
    csm.element('pre', { class: 'code', tabIndex: 0 }, `csm-enqueue decide ${name}`));
  dialog.querySelector('.actions').prepend(
    csm.element('button', { type: 'button', class: 'primary', onclick: download }, 'Save the file'),
    csm.element('button', { type: 'button', onclick: copy }, 'Copy'));
  dialog.querySelector('button.primary').focus();
};

/** Copies a text to the clipboard; returns whether that succeeded. */
csm.copy = async text => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = csm.element('textarea', { value: text, readOnly: true });
    (document.querySelector('dialog[open]') ?? document.body).append(field);
    field.select();
    const isCopied = document.execCommand('copy');
    field.remove();
    return isCopied;
  }
};
