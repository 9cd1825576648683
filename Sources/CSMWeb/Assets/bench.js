'use strict';

/** The bench: a list of lines, with the chosen one and its actions in a pane.

    - isListening: shows only lines that need an ear, and plays on by itself */
csm.Bench = class {
  /** Counts what the pane was told to show, so that a late answer does not replace a newer one. */
  #token = 0;
  /** The token of the answer that is awaited; null for none. */
  #asked = null;
  /** The chosen line, as the list has it; null for none, or if it has not arrived. Its place changes when
      lines come or go: the list has the place, and follows. */
  #current = null;
  /** Whether the chosen line is to be played when it arrives. */
  #playsLater = false;

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
        onplay: index => this.#playRow(index),
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
    const run = name => () => {
      const { chosen, pane: { take } } = this;
      const way = csm.ways[name];
      if (!chosen || !way.can(chosen, take)) return;
      const { decision, of, ...more } = way.make(chosen, take);
      this.#change(decision, [{ ...chosen, heard: of.digest }], more);
    };
    this.ways = Object.fromEntries(Object.keys(csm.ways).map(name => [name, run(name)]));
    const way = name => ({ name, ...csm.ways[name], run: this.ways[name] });
    return [
      { ...way('accept'), isFirst: true }, way('pick'), way('again'),
      { name: 'edit', label: () => 'Edit', can: () => true, run: () => this.pane.edit() },
      { name: 'previous', isSmall: true, label: () => 'Previous', can: () => this.list.here > 0, run: () => this.go(-1, { plays: true }) },
      { name: 'next', isSmall: true, label: () => 'Next', can: () => this.list.here + 1 < this.source.count, run: () => this.go(1, { plays: true }) },
      { ...way('cancel'), isSmall: true, isRare: true },
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
    const isComing = this.#asked !== null && !this.chosen;
    if (this.#current && !isComing && !this.pane.isEditing) this.#showLine(this.#current, { isRenewed: true });
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
    this.#follow();
  }

  /** Keeps the chosen line, wherever it is now; if it is gone, chooses the one in its place. */
  #follow() {
    const { source, list } = this;
    const current = this.#current;
    const there = list.here === null ? null : source.get(list.here);
    const index = !current ? -1 : there && this.#isCurrent(there) ? list.here : source.find(csm.id(current));
    if (index >= 0) {
      this.#current = source.get(index);
      if (index !== list.here) list.move(index);
    } else if (this.pane.isEditing) {
      // The words that a person is writing stay.
    } else if (there) {
      if (!current || source.isFresh) this.#choose(list.here, { plays: this.#playsLater });
    } else if (list.here === null) {
      if (source.count && this.isListening) list.go(0);
      else if (current) this.#choose(null);
    }
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

  /** The chosen line in full; null until the pane shows it, so that nobody decides about a line unseen. */
  get chosen() {
    const { line } = this.pane;
    return line && this.#isCurrent(line) ? line : null;
  }

  #isCurrent(line) { return this.#current !== null && csm.id(line) === csm.id(this.#current); }

  go(by, { plays = false } = {}) {
    if (!this.source?.count) return;
    this.plays = plays;
    this.list.go(this.list.here === null ? 0 : this.list.here + by);
  }

  goToEnd(isFirst) { if (this.source?.count) this.list.go(isFirst ? 0 : this.source.count - 1); }

  #choose(index, { plays = this.plays } = {}) {
    this.plays = false;
    this.#token += 1;
    this.#asked = null;
    this.#current = index === null ? null : this.source.get(index);
    // A line far from those in sight is shown when it arrives.
    this.#playsLater = !this.#current && plays;
    if (index === null) this.pane.show(null);
    if (this.#current) this.#showLine(this.#current, { plays });
    else if (!this.host.hidden) this.player.pause();
  }

  async #showLine(row, { plays = false, isRenewed = false } = {}) {
    const token = this.#asked = this.#token += 1;
    if (plays) this.player.play(csm.audio(row.digest));
    let detail;
    try {
      detail = await csm.api.get('line', { batch: row.batch, line: row.line });
      await Promise.all(detail.takes.filter(take => take.digest).slice(0, 20).map(take => csm.peaksCache.fetch(take.digest)));
    } catch (error) {
      if (!isRenewed && token === this.#token) csm.notice(error.message);
      return;
    } finally {
      if (token === this.#asked) this.#asked = null;
    }
    if (token !== this.#token || this.pane.isEditing) return;
    const text = JSON.stringify(detail);
    if (isRenewed && this.chosen && text === this.shown) return;
    this.shown = text;
    const withAudio = take => ({ ...take, audio_url: csm.audio(take.digest), peaks: csm.peaksCache.get(take.digest) });
    const line = { ...withAudio(detail.line), all_takes: detail.takes.map(withAudio) };
    this.pane.show(line, { take: this.#heardTake(line, isRenewed) });
    // Never play a line that is not shown.
    if (!this.host.hidden && !this.pane.takes.some(take => this.player.isAt(take.audio_url))) this.player.pause();
    this.pane.body.append(...[
      detail.advice ? csm.element('p', { class: 'pane-advice' }, detail.advice) : null,
      csm.lineHistory(detail, {
        isOpen: this.isOpen ?? (!this.isListening && matchMedia('(min-width: 720px)').matches), ontoggle: isOpen => { this.isOpen = isOpen; },
      }),
    ].filter(Boolean));
  }

  /** The number of the take to decide about: the one in the person's ear, whichever the line has now. */
  #heardTake(line, isRenewed) {
    const kept = isRenewed && this.chosen ? line.all_takes.find(take => take.take === this.pane.take?.take) : undefined;
    const isHeard = take => this.player.isAt(take.audio_url);
    return (kept && isHeard(kept) ? kept : line.all_takes.find(isHeard) ?? kept)?.take;
  }

  // MARK: Changes

  /** Makes a change, and shows what became of it. */
  async #change(action, lines, { isUndo = false, ...more } = {}) {
    const done = await this.changes.make(action, lines, more);
    if (done) {
      const was = action === 'pick' && !isUndo ? lines[0].take : null;
      // The earlier take was not heard this time.
      const undo = () => this.#change('pick', lines.map(({ heard, ...line }) => line), { take: was, isUndo: true });
      csm.notice(done, was && was !== more.take ? undo : null);
    }
    const isHere = lines.length === 1 && this.#isCurrent(lines[0]);
    const isDecided = done && !isUndo && ['accept', 'reroll', 'pick'].includes(action);
    const hasNext = this.list.here !== null && this.list.here + 1 < this.source.count;
    if (isHere && isDecided && this.goesOn && hasNext) this.go(1, { plays: this.isListening });
    else if (this.#current) this.#showLine(this.#current, { isRenewed: !done });
    // What was refused may have changed, too.
    this.source.renew({ isNeeded: true });
  }

  #mark(line, isMarked) {
    if (!line) return;
    if (isMarked) this.marked.set(csm.id(line), line); else this.marked.delete(csm.id(line));
    this.#drawMarked();
  }

  markHere() {
    const line = this.#current;
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
    // A line without audio in the list must not be accepted if it has some by now.
    const lines = [...this.marked.values()].map(line => ({ ...line, heard: line.digest ?? 'none' }));
    if (action === 'cancel' && !await csm.isSure(`Cancel ${csm.counted(lines.length, 'line')}?`, 'Cancel them', csm.element(
      'p', { class: 'soft' }, 'Lines at fal are cancelled there, too, if it is not too late.'))) return;
    await this.#change(action, lines);
    this.#unmark();
  }

  // MARK: Playing

  toggle() {
    if (!this.#current) return this.go(0, { plays: true });
    this.player.toggle(this.chosen ? this.pane.take?.audio_url : csm.audio(this.#current.digest));
  }

  /** Plays the take that a row shows, or pauses it. */
  #playRow(index) {
    const line = this.source.get(index);
    if (this.list.here !== index) this.list.go(index, { keepsPlace: true });
    if (!line) return;
    const url = csm.audio(line.digest);
    const take = this.chosen ? this.pane.takes.findIndex(take => take.audio_url === url) : -1;
    if (take >= 0 && !this.player.isAt(url)) this.pane.hear(take);
    else this.player.toggle(url);
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
    if (this.#current) this.#showLine(this.#current, { isRenewed: true });
  }

  /** Plays the next line after a sound has ended. */
  ended() {
    if (!this.isListening || !this.goesOn || this.pane.isEditing || document.querySelector('dialog[open]')) return;
    const line = this.#current;
    if (!line || this.list.here + 1 >= this.source.count) return;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => { if (this.#isCurrent(line) && !this.host.hidden && !this.player.isPlaying) this.go(1, { plays: true }); }, 700);
  }

  /** Redraws the waves and rows at which the player is and was. */
  drawPlayer() {
    this.pane.drawWaves();
    const now = this.list.here;
    for (const index of new Set([this.heard, now])) if (index !== null && index !== undefined) this.list.refresh(index);
    this.heard = now;
  }
};
