'use strict';

/** The bench: a list of lines, with the chosen one and its actions in a pane.

    - isListening: shows only lines that need an ear, and plays on by itself */
csm.Bench = class {
  #token = 0;

  constructor(host, { isListening, live, player, changes }) {
    Object.assign(this, { host, isListening, player, changes });
    this.marked = new Map();
    this.goesOn = true;
    this.query = {};
    this.filters = new csm.LineFilters(host.id, { isListening, live, onchange: query => this.show(query) });
    this.#build();
    live.add(report => {
      this.filters.hear(report);
      if (!host.hidden) this.renew();
    });
  }

  // MARK: Its parts

  #build() {
    const { isListening } = this;
    this.countWord = csm.element('span', { class: 'bench-count figure', role: 'status' });
    const button = (words, run, tone = '') => csm.element('button', { type: 'button', class: tone, onclick: run }, words);
    this.markedWord = csm.element('span', { class: 'soft tiny figure' });
    this.marking = csm.element(
      'div', { class: 'marking', role: 'group', 'aria-label': 'Marked lines', hidden: true }, this.markedWord,
      button('Accept', () => this.#doMarked('accept')), button('Reroll', () => this.#doMarked('reroll')),
      button('Retry', () => this.#doMarked('retry')), button('Cancel', () => this.#doMarked('cancel')),
      button('None', () => this.#unmark(), 'plain'));
    const listHost = csm.element('div', { id: `${this.host.id}-list` });
    const paneHost = csm.element('section', { 'aria-label': 'Chosen line' });
    this.empty = csm.element('p', { class: 'list-empty', hidden: true });
    this.host.append(
      csm.element('h1', { class: 'aside-only' }, isListening ? 'Listen' : 'Lines'),
      csm.element(
        'div', { class: 'bench-tools', role: 'group', 'aria-label': 'Which lines' }, ...this.filters.parts,
        this.marking, this.countWord),
      csm.element('div', { class: 'bench' }, csm.element('div', { class: 'list-place' }, listHost, this.empty), paneHost));
    this.list = new csm.LineList(listHost, {
      label: isListening ? 'Lines to listen to' : 'Lines',
      make: () => csm.lineRow.make({
        onplay: index => {
          const line = this.source.get(index);
          if (this.list.here !== index) this.list.go(index, { keepsPlace: true });
          if (line) this.player.toggle(csm.audio(line.digest));
        },
        onmark: (index, isMarked) => this.#mark(this.source.get(index), isMarked),
      }),
      draw: (row, index) => this.#drawRow(row, index),
      onchoose: index => this.#choose(index),
      onrange: (first, end) => { this.source?.want(first, end); this.#wantWaves(first, end); },
    });
    this.pane = new csm.LinePane(paneHost, {
      player: this.player, actions: this.#actions(), facts: line => line.takes > 1 ? `take ${line.take} of ${line.takes}` : '',
      onedit: (line, text) => { if (text !== line.text) this.#change('edit', [line], { text }); },
    });
  }

  #actions() {
    const hasEnded = line => ['FAILED', 'HELD', 'UNKNOWN'].includes(line.state);
    const one = (action, more = {}) => () => this.chosen && this.#change(action, [this.chosen], more);
    this.ways = {
      accept: one('accept'),
      pick: () => this.chosen && this.chosen === this.pane.line && this.pane.take && one('pick', { take: this.pane.take.take })(),
      again: () => this.chosen && one(hasEnded(this.chosen) ? 'retry' : 'reroll')(),
      cancel: one('cancel'),
    };
    return [
      { name: 'accept', isFirst: true, label: () => 'Accept', can: line => line.state === 'STORED' && line.checks?.length > 0, run: this.ways.accept },
      { name: 'pick', label: (line, take) => take && take.take !== line.take ? `Pick take ${take.take}` : 'Pick', can: (line, take) => take?.state === 'STORED' && take.take !== line.take, run: this.ways.pick },
      { name: 'again', label: line => line && hasEnded(line) ? 'Retry' : 'Reroll', can: line => hasEnded(line) || ['STORED', 'CANCELLED'].includes(line.state), run: this.ways.again },
      { name: 'edit', label: () => 'Edit', can: () => true, run: () => this.pane.edit() },
      { name: 'previous', isSmall: true, label: () => 'Previous', can: () => this.list.here > 0, run: () => this.go(-1, { plays: true }) },
      { name: 'next', isSmall: true, label: () => 'Next', can: () => this.list.here + 1 < this.source.count, run: () => this.go(1, { plays: true }) },
      { name: 'cancel', isSmall: true, isRare: true, label: () => 'Cancel', can: line => !['STORED', 'FAILED', 'CANCELLED'].includes(line.state), run: this.ways.cancel },
      { name: 'speed', isSmall: true, label: () => `${this.player.rate}×`, can: () => true, run: () => this.faster() },
      { name: 'goOn', isSmall: true, label: () => this.goesOn ? 'Goes on' : 'Stays', can: () => true, run: () => this.toggleGoingOn() },
    ];
  }

  // MARK: Which lines

  /** Shows the lines of a query; renews them if the query is the same. */
  show(query) {
    const wanted = { ...query };
    if (this.isListening) Object.assign(wanted, { mark: query.mark || 'any', state: '' });
    if (this.source && JSON.stringify(wanted) === JSON.stringify(this.query)) return this.source.renew();
    this.query = wanted;
    this.filters.show(wanted);
    this.source?.end();
    this.source = new csm.LineSource(wanted, { expected: () => this.filters.expected, onchange: () => this.#drawList() });
    this.list.count = 0;
    this.list.go(null);
    this.countWord.textContent = '';
    this.empty.hidden = true;
    this.source.want(0, 30);
  }

  renew() {
    this.source?.renew();
    if (this.list.here !== null && !this.pane.isEditing) this.#showLine(this.list.here, { isRenewed: true });
  }

  #drawList() {
    const { source } = this;
    if (this.list.count !== source.count) this.list.count = source.count;
    else this.list.draw();
    csm.lineRow.fitNames(this.host, source.lines.map(line => ({ line: this.#nameOf(line) })));
    const looking = source.isWhole ? '' : ` so far, in ${csm.count(source.looked)} searched …`;
    csm.setText(this.countWord, source.error?.message ?? (source.isKnown || looking ? csm.counted(source.count, 'line') + looking : ''));
    this.empty.hidden = source.count > 0 || !source.isKnown;
    csm.setText(this.empty, this.isListening ? 'There is nothing to listen to here.' : 'No line matches.');
    if (this.list.here === null && source.count && this.isListening) this.list.go(0);
    const { awaited } = this;
    if (awaited && awaited.index === this.list.here && source.get(awaited.index)) this.#showLine(awaited.index, awaited);
  }

  #nameOf(line) { return this.query.batch ? line.line : csm.id(line); }

  #drawRow(row, index) {
    const line = this.source?.get(index);
    if (!line) return csm.lineRow.drawEmpty(row);
    const url = csm.audio(line.digest);
    // Lines with the same words have the same audio.
    const isAt = index === this.list.here && this.player.isAt(url);
    csm.lineRow.draw(row, { ...line, line: this.#nameOf(line), audio_url: url, peaks: csm.peaksCache.get(line.digest) }, {
      isMarked: this.marked.has(csm.id(line)), isPlaying: isAt && this.player.isPlaying, heard: isAt ? this.player.heard(url) : 0,
      more: line.takes > 1 ? [csm.element('span', { class: 'chip' }, `take ${line.take}`)] : [],
    });
  }

  /** Fetches the waveforms in sight once scrolling has stopped. */
  #wantWaves(first, end) {
    clearTimeout(this.waves);
    if (matchMedia('(max-width: 1099px)').matches) return;
    this.waves = setTimeout(() => {
      for (let index = first; index < end; index += 1) {
        const digest = this.source?.get(index)?.digest;
        if (digest && !csm.peaksCache.has(digest)) csm.peaksCache.fetch(digest).then(() => this.list.refresh(index));
      }
    }, 120);
  }

  // MARK: The line

  /** The chosen line: from the pane if loaded there, else from the list. */
  get chosen() {
    const row = this.list.here === null ? null : this.source.get(this.list.here);
    const { line } = this.pane;
    return row && line && csm.id(row) === csm.id(line) ? line : row;
  }

  go(by, { plays = false } = {}) {
    if (!this.source?.count) return;
    this.plays = plays;
    this.list.go(this.list.here === null ? 0 : this.list.here + by);
  }

  goToEnd(isFirst) { if (this.source?.count) this.list.go(isFirst ? 0 : this.source.count - 1); }

  #choose(index) {
    const plays = this.plays;
    this.plays = false;
    if (index === null) return this.pane.show(null);
    this.#showLine(index, { plays });
  }

  async #showLine(index, { plays = false, isRenewed = false } = {}) {
    const token = this.#token += 1;
    const row = this.source.get(index);
    // A line far from those in sight is shown when it arrives.
    const isAwaited = this.awaited?.index === index;
    this.awaited = row ? null : { index, plays: plays || (isAwaited && this.awaited.plays) };
    if (!row) return;
    if (plays) this.player.play(csm.audio(row.digest));
    let detail;
    try {
      detail = await csm.api.get('line', { batch: row.batch, line: row.line });
      await Promise.all(detail.takes.filter(take => take.digest).slice(0, 20).map(take => csm.peaksCache.fetch(take.digest)));
    } catch (error) {
      if (!isRenewed) csm.notice(error.message);
      return;
    }
    if (token !== this.#token || this.pane.isEditing) return;
    const text = JSON.stringify(detail);
    if (isRenewed && text === this.shown) return;
    this.shown = text;
    const withAudio = take => ({ ...take, audio_url: csm.audio(take.digest), peaks: csm.peaksCache.get(take.digest) });
    const line = { ...withAudio(detail.line), all_takes: detail.takes.map(withAudio) };
    const take = isRenewed && this.chosen && csm.id(this.chosen) === csm.id(line) ? this.pane.take?.take : undefined;
    this.pane.show(line, { take });
    this.pane.body.append(...[
      detail.advice ? csm.element('p', { class: 'pane-advice' }, detail.advice) : null,
      csm.lineHistory(detail, {
        isOpen: this.isOpen ?? (!this.isListening && matchMedia('(min-width: 720px)').matches), ontoggle: isOpen => { this.isOpen = isOpen; },
      }),
    ].filter(Boolean));
  }

  // MARK: Changes

  /** Makes a change, and shows what became of it. */
  async #change(action, lines, { isUndo = false, ...more } = {}) {
    const index = this.list.here;
    const isOne = lines.length === 1;
    const done = await this.changes.make(action, lines, more);
    if (!done) return;
    const was = action === 'pick' && !isUndo ? lines[0].take : null;
    csm.notice(done, was && was !== more.take ? () => this.#change('pick', lines, { take: was, isUndo: true }) : null);
    this.source.renew();
    if (isOne && !isUndo && this.goesOn && ['accept', 'reroll', 'pick'].includes(action) && index + 1 < this.source.count) {
      if (this.list.here === index) this.go(1, { plays: this.isListening });
    } else if (this.list.here !== null) {
      this.#showLine(this.list.here);
    }
  }

  #mark(line, isMarked) {
    if (!line) return;
    if (isMarked) this.marked.set(csm.id(line), line); else this.marked.delete(csm.id(line));
    this.#drawMarked();
  }

  markHere() {
    const line = this.list.here === null ? null : this.source.get(this.list.here);
    if (line) this.#mark(line, !this.marked.has(csm.id(line)));
  }

  /** Marks all loaded lines, up to the limit of one change; if any is marked, unmarks all. */
  markAll() {
    const isMarked = this.marked.size === 0;
    this.marked.clear();
    if (isMarked) for (const line of this.source.lines.slice(0, 10_000)) this.marked.set(csm.id(line), line);
    this.#drawMarked();
  }

  #unmark() {
    this.marked.clear();
    this.#drawMarked();
  }

  #drawMarked() {
    this.marking.hidden = this.marked.size === 0;
    csm.setText(this.markedWord, `${csm.count(this.marked.size)} marked`);
    this.list.draw();
  }

  async #doMarked(action) {
    const lines = [...this.marked.values()];
    if (action === 'cancel' && !await csm.isSure(`Cancel ${csm.counted(lines.length, 'line')}?`, 'Cancel them', csm.element(
      'p', { class: 'soft' }, 'Lines at fal are cancelled there, too, if it is not too late.'))) return;
    await this.#change(action, lines);
    this.#unmark();
  }

  // MARK: Playing

  toggle() {
    if (!this.chosen && this.source?.count) return this.go(0, { plays: true });
    const { chosen, pane } = this;
    this.player.toggle(chosen === pane.line ? pane.take?.audio_url : csm.audio(chosen?.digest));
  }

  faster() {
    this.player.faster();
    csm.notice(`Speed ${this.player.rate}×`);
    this.#redraw();
  }

  toggleGoingOn() {
    this.goesOn = !this.goesOn;
    csm.notice(this.goesOn ? 'Goes on by itself' : 'Stays where it is');
    this.#redraw();
  }

  /** Redraws the pane after the labels of its buttons changed. */
  #redraw() {
    this.shown = '';
    if (this.list.here !== null) this.#showLine(this.list.here, { isRenewed: true });
  }

  /** Plays the next line after a sound has ended. */
  ended() {
    if (!this.isListening || !this.goesOn || this.pane.isEditing || document.querySelector('dialog[open]')) return;
    if (this.list.here === null || this.list.here + 1 >= this.source.count) return;
    clearTimeout(this.pause);
    const { here } = this.list;
    this.pause = setTimeout(() => { if (this.list.here === here && !this.host.hidden && !this.player.isPlaying) this.go(1, { plays: true }); }, 700);
  }

  /** Redraws the waves and rows at which the player is and was. */
  drawPlayer() {
    this.pane.drawWaves();
    const now = this.list.here;
    for (const index of new Set([this.heard, now])) if (index !== null && index !== undefined) this.list.refresh(index);
    this.heard = now;
  }
};
