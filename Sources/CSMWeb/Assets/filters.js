'use strict';

/** The filters of a bench: which lines it shows, and in which order.

    - name: the name of the view, which the address and the ids begin with
    - isListening: offers only what the lines that need an ear can be narrowed by
    - onchange(query): called with the query that a person chose, if the address has it already */
csm.LineFilters = class {
  /** The orders of a list; `isSorted` marks those without an index, for up to `#sortedMax` lines. */
  static #orders = [
    { value: '', words: 'As added' }, { value: '-added', words: 'Newest first' }, { value: '-ended', words: 'Last finished first' },
    { value: 'state', words: 'By state' }, { value: '-length', words: 'Longest first', isSorted: true },
    { value: 'length', words: 'Shortest first', isSorted: true }, { value: '-cost', words: 'Most expensive first', isSorted: true },
  ];
  static #sortedMax = 100_000;

  constructor(name, { isListening, live, onchange }) {
    Object.assign(this, { name, isListening, live, onchange, query: {} });
    const select = (filter, label, options) => csm.element(
      'select', { id: `${name}-${filter}`, 'aria-label': label, onchange: event => this.#narrow({ [filter]: event.target.value }) },
      ...options.map(([value, words]) => csm.element('option', { value }, words)));
    this.selects = {
      batch: select('batch', 'Batch', [['', 'All batches']]),
      state: select('state', 'State', [['', 'All states'], ...csm.stages.map(stage => [stage.states.join(','), stage.name])]),
      mark: select('mark', 'Mark', [['', 'Any audio'], ['any', 'Odd or bad']]),
      voice: select('voice', 'Voice', [['', 'All voices'], ['-', 'No voice']]),
      order: select('order', 'Order', csm.LineFilters.#orders.map(({ value, words }) => [value, words])),
    };
    this.text = csm.element('input', {
      type: 'search', id: `${name}-text`, placeholder: 'Words  /', 'aria-label': 'Words', spellcheck: false,
      oninput: () => { clearTimeout(this.typing); this.typing = setTimeout(() => this.#narrow({ text: this.text.value.trim() }), 250); },
      onkeydown: event => { if (event.key === 'Escape' || event.key === 'Enter') { this.text.blur(); event.preventDefault(); } },
    });
    const { batch, state, mark, voice, order } = this.selects;
    this.parts = isListening ? [batch, mark, this.text] : [batch, state, mark, voice, order, this.text];
  }

  /** Shows a query. */
  show(query) {
    this.query = query;
    for (const [name, select] of Object.entries(this.selects)) {
      csm.LineFilters.#offer(select, [query[name] ?? '']);
      select.value = query[name] ?? '';
    }
    if (document.activeElement !== this.text) this.text.value = query.text ?? '';
    this.#drawOrders();
  }

  search() {
    this.text.focus();
    this.text.select();
  }

  /** Offers the voices and marks that there are. */
  async fill() {
    const { voices, checks } = await csm.api.get('choices');
    csm.LineFilters.#offer(this.selects.mark, checks);
    csm.LineFilters.#offer(this.selects.voice, voices.map(voice => voice.name));
  }

  /** Offers the batches of a report. */
  hear(report) {
    csm.LineFilters.#offer(this.selects.batch, (report.batches ?? []).map(one => one.batch));
    this.#drawOrders();
  }

  /** How many lines the query should find by the last report; null if unknown. */
  get expected() {
    const lines = this.#lines;
    if (!lines) return null;
    const ended = ['STORED', 'FAILED', 'CANCELLED', 'HELD'];
    const states = (this.query.state ? this.query.state.split(',') : Object.keys(lines))
      .filter(state => this.query.order !== '-ended' || ended.includes(state));
    return states.reduce((sum, state) => sum + (lines[state] ?? 0), 0);
  }

  /** Lines by state in the last report, of the batch or of all batches; null if unknown. */
  get #lines() {
    const { last } = this.live;
    if (!last || last.is_empty) return null;
    return (this.query.batch ? last.batches.find(one => one.batch === this.query.batch)?.lines : last.status.lines) ?? null;
  }

  /** Puts the query into the address, whose change then shows it. */
  #narrow(change) {
    const query = { ...this.query, ...change };
    const items = Object.entries(query).filter(([, value]) => value && !(this.isListening && value === 'any'));
    const address = `#${this.name}${items.length ? '?' + new URLSearchParams(items) : ''}`;
    if (location.hash === address) this.onchange(query);
    else location.replace(address);
  }

  /** Disables the orders that these lines cannot have, with the reason as tooltip. */
  #drawOrders() {
    const { mark, voice, text } = this.query;
    const { order } = this.selects;
    const isSearch = Boolean(mark || voice || text);
    const isMany = Object.values(this.#lines ?? {}).reduce((sum, count) => sum + count, 0) > csm.LineFilters.#sortedMax;
    const reason = isSearch ? 'A search shows lines in the order in which they were added.'
      : isMany ? `More than ${csm.count(csm.LineFilters.#sortedMax)} lines cannot be sorted in the other orders: choose a batch.` : '';
    order.title = reason;
    for (const option of order.options) {
      const { isSorted } = csm.LineFilters.#orders.find(order => order.value === option.value) ?? {};
      option.disabled = isSearch ? option.value !== '' : isMany && Boolean(isSorted);
      option.title = option.disabled ? reason : '';
    }
    if (isSearch) order.value = '';
  }

  static #offer(select, values) {
    const known = new Set([...select.options].map(option => option.value));
    for (const value of values.filter(value => !known.has(value))) select.append(csm.element('option', { value }, value));
  }
};
