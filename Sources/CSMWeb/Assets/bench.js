'use strict';

/** The bench: a list of lines, with the chosen one and its actions in a pane.

    - isListening: shows only lines that need an ear, and plays on by itself */
csm.Bench = class {
  /** The orders of a list; `isSorted` marks those without an index, for up to `#sortedMax` lines. */
  static #orders = [
    { value: '', words: 'As added' }, { value: '-added', words: 'Newest first' }, { value: '-ended', words: 'Last finished first' },
    { value: 'state', words: 'By state' }, { value: '-length', words: 'Longest first', isSorted: true },
    { value: 'length', words: 'Shortest first', isSorted: true }, { value: '-cost', words: 'Most expensive first', isSorted: true },
  ];
  static #sortedMax = 100_000;

  #token = 0;
  #agreed = 0;

  constructor(host, { isListening, live, player }) {
    Object.assign(this, { host, isListening, live, player });
    this.name = host.id;
    this.marked = new Map();
    this.goesOn = true;
    this.query = {};
    this.#build();
    live.add(report => this.#hear(report));
  }

  // MARK: Its parts

  #build() {
    const { isListening } = this;
    const option = ([value, words]) => csm.element('option', { value }, words);
    const select = (name, label, options) => csm.element(
      'select', { id: `${this.name}-${name}`, 'aria-label': label, onchange: event => this.#narrow({ [name]: event.target.value }) },
      ...options.map(option));
    this.batch = select('batch', 'Batch', [['', 'All batches']]);
    this.state = select('state', 'State', [['', 'All states'], ...csm.stages.map(stage => [stage.states.join(','), stage.name])]);
    this.mark = select('mark', 'Mark', [['', 'Any audio'], ['any', 'Odd or bad']]);
    this.voice = select('voice', 'Voice', [['', 'All voices'], ['-', 'No voice']]);
    this.order = select('order', 'Order', csm.Bench.#orders.map(({ value, words }) => [value, words]));
    this.text = csm.element('input', {
      type: 'search', id: `${this.name}-text`, placeholder: 'Words  /', 'aria-label': 'Words', spellcheck: false,
      oninput: () => { clearTimeout(this.typing); this.typing = setTimeout(() => this.#narrow({ text: this.text.value.trim() }), 250); },
      onkeydown: event => { if (event.key === 'Escape' || event.key === 'Enter') { this.text.blur(); event.preventDefault(); } },
    });
    this.countWord = csm.element('span', { class: 'bench-count figure', role: 'status' });
    const button = (words, run, tone = '') => csm.element('button', { type: 'button', class: tone, onclick: run }, words);
    this.markedWord = csm.element('span', { class: 'soft tiny figure' });
    this.marking = csm.element(
      'div', { class: 'marking', role: 'group', 'aria-label': 'Marked lines', hidden: true }, this.markedWord,
      button('Accept', () => this.#doMarked('accept')), button('Reroll', () => this.#doMarked('reroll')),
      button('Retry', () => this.#doMarked('retry')), button('Cancel', () => this.#doMarked('cancel')),
      button('None', () => this.#unmark(), 'plain'));
    const listHost = csm.element('div', { id: `${this.name}-list` });
    const paneHost = csm.element('section', { 'aria-label': 'Chosen line' });
    this.empty = csm.element('p', { class: 'list-empty', hidden: true });
    this.host.append(
      csm.element('h1', { class: 'aside-only' }, isListening ? 'Listen' : 'Lines'),
      csm.element(
        'div', { class: 'bench-tools', role: 'group', 'aria-label': 'Which lines' }, this.batch,
        isListening ? null : this.state, this.mark, isListening ? null : this.voice, isListening ? null : this.order, this.text, this.marking, this.countWord),
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
      player: this.player, actions: this.#actions(), facts: line => `take ${line.take} of ${line.takes}`,
      onedit: (line, text) => { if (text !== line.text) this.#change('edit', [line], { text }); },
    });
  }

  #actions() {
    const act = (key, rest) => ({ key, ...rest });
    const hasEnded = line => ['FAILED', 'HELD', 'UNKNOWN'].includes(line.state);
    const one = (action, more = {}) => () => this.chosen && this.#change(action, [this.chosen], more);
    this.ways = {
      accept: one('accept'),
      pick: () => this.chosen && this.chosen === this.pane.line && this.pane.take && one('pick', { take: this.pane.take.take })(),
      again: () => this.chosen && one(hasEnded(this.chosen) ? 'retry' : 'reroll')(),
      cancel: one('cancel'),
    };
    return [
      act('a', { isFirst: true, label: () => 'Accept', can: line => line.state === 'STORED' && line.checks?.length > 0, run: this.ways.accept }),
      act('p', { label: (line, take) => take && take.take !== line.take ? `Pick take ${take.take}` : 'Pick', can: (line, take) => take?.state === 'STORED' && take.take !== line.take, run: this.ways.pick }),
      act('r', { label: line => line && hasEnded(line) ? 'Retry' : 'Reroll', can: line => hasEnded(line) || ['STORED', 'CANCELLED'].includes(line.state), run: this.ways.again }),
      act('e', { label: () => 'Edit', can: () => true, run: () => this.pane.edit() }),
      act('k', { isSmall: true, label: () => 'Previous', can: () => this.list.here > 0, run: () => this.go(-1, { plays: true }) }),
      act('j', { isSmall: true, label: () => 'Next', can: () => this.list.here + 1 < this.source.count, run: () => this.go(1, { plays: true }) }),
      act('c', { isSmall: true, isRare: true, label: () => 'Cancel', can: line => !['STORED', 'FAILED', 'CANCELLED'].includes(line.state), run: this.ways.cancel }),
      act('s', { isSmall: true, label: () => `${this.player.rate}×`, can: () => true, run: () => this.faster() }),
      act('g', { isSmall: true, label: () => this.goesOn ? 'Goes on' : 'Stays', can: () => true, run: () => this.toggleGoingOn() }),
    ];
  }

  // MARK: Which lines

  /** Shows the lines of a query; renews them if the query is the same. */
  show(query) {
    const wanted = { ...query };
    if (this.isListening) Object.assign(wanted, { mark: query.mark || 'any', state: '' });
    if (this.source && JSON.stringify(wanted) === JSON.stringify(this.query)) return this.source.renew();
    this.query = wanted;
    for (const name of ['batch', 'state', 'mark', 'voice', 'order']) {
      const select = this[name];
      const value = wanted[name] ?? '';
      if (value && ![...select.options].some(option => option.value === value)) {
        select.append(csm.element('option', { value }, value));
      }
      select.value = value;
    }
    if (document.activeElement !== this.text) this.text.value = wanted.text ?? '';
    this.#drawOrders();
    this.source?.end();
    this.source = new csm.LineSource(wanted, { expected: () => this.#expected(), onchange: () => this.#drawList() });
    this.list.count = 0;
    this.list.go(null);
    this.countWord.textContent = '';
    this.empty.hidden = true;
    this.source.want(0, 30);
  }

  #narrow(change) {
    const query = { ...this.query, ...change };
    const items = Object.entries(query).filter(([, value]) => value && !(this.isListening && value === 'any'));
    const address = `#${this.name}${items.length ? '?' + new URLSearchParams(items) : ''}`;
    if (location.hash === address) this.show(query);
    else location.replace(address);
  }

  /** Disables the orders that these lines cannot have, with the reason as tooltip. */
  #drawOrders() {
    const { mark, voice, text } = this.query;
    const reason = mark || voice || text ? 'A search shows lines in the order in which they were added.'
      : this.#all() > csm.Bench.#sortedMax ? `More than ${csm.count(csm.Bench.#sortedMax)} lines cannot be sorted in the other orders: choose a batch.` : '';
    const isSearch = Boolean(mark || voice || text);
    this.order.title = reason;
    for (const option of this.order.options) {
      const { isSorted } = csm.Bench.#orders.find(order => order.value === option.value) ?? {};
      option.disabled = Boolean(reason) && (isSearch ? option.value !== '' : Boolean(isSorted));
      option.title = option.disabled ? reason : '';
    }
    if (isSearch) this.order.value = '';
  }

  /** Lines by state in the last report, of the batch or of all batches; null if unknown. */
  #lines() {
    const { last } = this.live;
    if (!last || last.is_empty) return null;
    return (this.query.batch ? last.batches.find(one => one.batch === this.query.batch)?.lines : last.status.lines) ?? null;
  }

  #all() { return Object.values(this.#lines() ?? {}).reduce((sum, count) => sum + count, 0); }

  /** How many lines the query should find by the last report; null if unknown. */
  #expected() {
    const lines = this.#lines();
    if (!lines) return null;
    const ended = ['STORED', 'FAILED', 'CANCELLED', 'HELD'];
    const states = (this.query.state ? this.query.state.split(',') : Object.keys(lines))
      .filter(state => this.query.order !== '-ended' || ended.includes(state));
    return states.reduce((sum, state) => sum + (lines[state] ?? 0), 0);
  }

  /** Fills the filters with the voices and marks. */
  async fillChoices() {
    const { voices, checks } = await csm.api.get('choices');
    const fill = (select, names) => {
      for (const name of names) {
        if (![...select.options].some(option => option.value === name)) select.append(csm.element('option', { value: name }, name));
      }
    };
    fill(this.mark, checks);
    fill(this.voice, voices.map(voice => voice.name));
  }

  #hear(report) {
    const names = (report.batches ?? []).map(one => one.batch);
    const known = [...this.batch.options].map(option => option.value);
    for (const name of names.filter(name => !known.includes(name))) {
      this.batch.append(csm.element('option', { value: name }, name));
    }
    this.#drawOrders();
    if (!this.host.hidden) this.renew();
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
    csm.setText(this.empty, this.isListening ? 'Nothing here needs an ear.' : 'No line matches.');
    if (this.list.here === null && source.count && this.isListening) this.list.go(0);
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
      decision: line.takes > 1 ? csm.element('span', { class: 'chip' }, `take ${line.take}`) : null,
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
    this.pane.body.append(...this.#more(detail));
  }

  /** More about a line: advice, history and origin. */
  #more({ line, history, advice }) {
    const origin = [
      ['From', `${line.source_file}:${line.source_line}`], ['Added', `${new Date(line.created_at).toLocaleString()}${line.added_by ? ` by ${line.added_by}` : ''}`],
      ['Job', `${line.id}${line.request_id ? `, ${line.request_id}` : ''}`],
      ['Waits', line.waits_for ? `for ${line.waits_for}${line.waits_for_lines?.length ? ` ${line.waits_for_lines.join(', ')}` : ''}` : null],
      ['Metadata', line.meta && Object.keys(line.meta).length ? JSON.stringify(line.meta) : null],
    ].filter(([, value]) => value);
    const step = ({ at, from, to, cause, error_class: kind, error }) => csm.element(
      'li', {}, csm.element('time', { dateTime: at, class: 'figure' }, csm.clock(at, true)),
      csm.element('span', { class: kind ? 'error' : '' }, `${from} → ${to}, ${cause.replaceAll('_', ' ')}${kind ? `: ${kind}: ${error ?? ''}` : ''}`));
    return [
      advice ? csm.element('p', { class: 'pane-advice' }, advice) : null,
      csm.element(
        'details', { class: 'more-of-line', open: this.isOpen ?? (!this.isListening && matchMedia('(min-width: 720px)').matches), ontoggle: event => { this.isOpen = event.target.open; } },
        csm.element('summary', {}, `History, ${csm.counted(history.length, 'step')}`),
        csm.element('ol', { class: 'history' }, ...history.map(step),
          ...origin.map(([name, value]) => csm.element('li', {}, csm.element('span', {}, name), csm.element('span', {}, value))))),
    ].filter(Boolean);
  }

  // MARK: Changes

  /** Makes a change; asks first if it costs more than was agreed to. */
  async #change(action, lines, more = {}) {
    const names = lines.map(({ batch, line }) => ({ batch, line }));
    const index = this.list.here;
    const isOne = lines.length === 1;
    try {
      let answer = await csm.api.post('change', { action, lines: names, ...more });
      if (answer.cost) {
        const isAgreed = isOne && Number(answer.cost) <= this.#agreed;
        if (!isAgreed && !await this.#ask(action, lines.length, answer)) return;
        answer = await csm.api.post('change', { action, lines: names, ...more, cost: answer.cost });
      }
      if (answer.cost) return csm.notice(`The price is now ${answer.shown}: nothing was done.`);
      const { isUndo, ...rest } = more;
      const was = action === 'pick' && isOne && !isUndo ? lines[0].take : null;
      csm.notice(answer.done, was && was !== rest.take ? () => this.#change('pick', lines, { take: was, isUndo: true }) : null);
      this.source.renew();
      if (isOne && !isUndo && this.goesOn && ['accept', 'reroll', 'pick'].includes(action) && index + 1 < this.source.count) {
        if (this.list.here === index) this.go(1, { plays: this.isListening });
      } else if (this.list.here !== null) {
        this.#showLine(this.list.here);
      }
    } catch (error) {
      csm.notice(error.message);
    }
  }

  /** Shows the price of a change; true if the person agrees to it. */
  #ask(action, count, { cost, shown }) {
    const what = {
      reroll: `Speaking ${csm.counted(count, 'line')} again`, retry: `Sending ${csm.counted(count, 'line')} again`, edit: 'Speaking the new words',
    }[action];
    return new Promise(done => {
      let isAgreed = false;
      const again = csm.element('input', { type: 'checkbox', id: `${this.name}-agree` });
      const pay = csm.element('button', {
        type: 'button', class: 'primary', onclick: () => {
          isAgreed = true;
          if (again.checked) this.#agreed = Math.max(this.#agreed, Number(cost));
          dialog.close();
        },
      }, `Pay up to ${shown}`);
      const dialog = csm.dialog(`${what} costs up to ${shown}`, count === 1 ? csm.element(
        'label', { class: 'soft', for: again.id }, again, ' Do not ask again for lines up to this price while this page is open') : csm.element(
        'p', { class: 'soft' }, 'You pay only for what fal does not have already.'));
      dialog.querySelector('.actions').prepend(pay);
      dialog.addEventListener('close', () => done(isAgreed));
      pay.focus();
    });
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
    if (action === 'cancel' && !await this.#sure(`Cancel ${csm.counted(lines.length, 'line')}?`, 'Cancel them')) return;
    await this.#change(action, lines);
    this.#unmark();
  }

  #sure(title, words) {
    return new Promise(done => {
      let isSure = false;
      const yes = csm.element('button', { type: 'button', class: 'primary', onclick: () => { isSure = true; dialog.close(); } }, words);
      const dialog = csm.dialog(title, csm.element('p', { class: 'soft' }, 'Lines at fal are cancelled there, too, if it is not too late.'));
      dialog.querySelector('.actions').prepend(yes);
      dialog.addEventListener('close', () => done(isSure));
      yes.focus();
    });
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
