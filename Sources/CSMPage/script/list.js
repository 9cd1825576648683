'use strict';

/** A list of any length, whose rows exist only where they are seen; all are of one height, `--row`.

    - label: what it is called
    - make(): a new row, as an element of the class `row`
    - draw(element, index): shows an entry in a row; also one that was shown there before
    - onchoose(index): the row at which a person is; null for none
    - onrange(first, end): what is in sight, for those who have to fetch it

    Set `count`, and call `draw()` when entries changed. A row's cells are of the role `gridcell`. */
csm.LineList = class {
  #count = 0;
  #here = null;
  #rows = [];
  /** How far down it is, in pixels of the whole list; browsers end at some 17 million of them. */
  #top = 0;
  #scrolled = 0;

  static #tallest = 8_000_000;
  static #spare = 6;

  constructor(host, { label, make, draw, onchoose = () => {}, onrange = () => {} }) {
    Object.assign(this, { host, make, drawRow: draw, onchoose, onrange });
    this.id = host.id || 'list';
    host.classList.add('list');
    for (const [name, value] of Object.entries(
      { 'role': 'grid', 'tabindex': '0', 'aria-label': label, 'aria-readonly': 'true' })) {
      host.setAttribute(name, value);
    }
    this.space = csm.element('div', { role: 'presentation' });
    this.body = csm.element('div', { class: 'list-rows', role: 'rowgroup' });
    host.append(this.space, this.body);
    host.addEventListener('scroll', () => this.#scroll(), { passive: true });
    host.addEventListener('click', event => {
      const row = event.target.closest('.row');
      // A box that is ticked would be drawn anew before it tells.
      if (row && !event.target.closest('input')) this.go(row.index, { keepsPlace: true });
    });
    new ResizeObserver(() => this.#measure()).observe(host);
    this.#measure();
  }

  get count() { return this.#count; }

  set count(count) {
    this.#count = count;
    this.host.setAttribute('aria-rowcount', count);
    if (this.#here !== null && this.#here >= count) this.#here = count ? count - 1 : null;
    this.#measure();
  }

  get here() { return this.#here; }

  /** Goes to a row, and shows it; null leaves all of them. */
  go(index, { keepsPlace = false } = {}) {
    this.#here = index === null || !this.#count ? null : Math.max(0, Math.min(index, this.#count - 1));
    if (this.#here !== null && !keepsPlace) this.show(this.#here);
    this.draw();
    this.onchoose(this.#here);
  }

  /** Scrolls no further than needed; to the middle where it is far. */
  show(index) {
    const [from, to] = [index * this.row, (index + 1) * this.row];
    if (from >= this.#top && to <= this.#top + this.height) return;
    const isFar = from < this.#top - this.height || to > this.#top + 2 * this.height;
    const top = isFar ? from - this.height / 2 : from < this.#top ? from : to - this.height;
    this.#place(top);
  }

  /** Rows that fit into the view. */
  get page() { return Math.max(1, Math.floor(this.height / this.row) - 1); }

  /** Shows all rows anew. */
  draw() { this.#draw(true); }

  /** Shows one row anew, if it is in sight. */
  refresh(index) {
    const row = this.#rows.find(row => row.index === index && index >= 0);
    if (row) this.#fill(row, index);
  }

  get #whole() { return this.#count * this.row; }
  get #rest() { return Math.max(0, this.#whole - this.height); }
  get #scrollRest() { return Math.max(0, Math.min(this.#whole, csm.LineList.#tallest) - this.height); }

  #measure() {
    this.row = parseFloat(getComputedStyle(this.host).getPropertyValue('--row')) || 40;
    const isLess = this.host.clientHeight < this.height;
    this.height = this.host.clientHeight;
    this.space.style.height = `${Math.min(this.#whole, csm.LineList.#tallest)}px`;
    this.#place(this.#top);
    if (this.#here !== null && isLess) this.show(this.#here);
    this.draw();
  }

  #place(top) {
    this.#top = Math.max(0, Math.min(top, this.#rest));
    this.#scrolled = this.#rest ? this.#top / this.#rest * this.#scrollRest : 0;
    this.host.scrollTop = this.#scrolled;
    this.#scrolled = this.host.scrollTop;
    this.#draw(false);
  }

  /** A small step is one of as many pixels; a large one, by the bar, goes to its share of the list. */
  #scroll() {
    const { scrollTop } = this.host;
    const step = scrollTop - this.#scrolled;
    this.#scrolled = scrollTop;
    const isAtEnd = scrollTop <= 0 || scrollTop >= this.#scrollRest - 1;
    if (this.#scrollRest === this.#rest) this.#top = scrollTop;
    else if (isAtEnd || Math.abs(step) > this.height) this.#top = scrollTop / this.#scrollRest * this.#rest;
    else this.#top += step;
    this.#top = Math.max(0, Math.min(this.#top, this.#rest));
    if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = null; this.#draw(false); });
  }

  #draw(isAnew) {
    const spare = csm.LineList.#spare;
    const first = Math.max(0, Math.floor(this.#top / this.row) - spare);
    const end = Math.min(this.#count, Math.ceil((this.#top + this.height) / this.row) + spare);
    while (this.#rows.length < end - first) this.#add();
    this.body.style.transform = `translateY(${this.#scrolled - this.#top + first * this.row}px)`;
    // An entry keeps its element while it is in sight.
    const shown = new Map(this.#rows.filter(row => row.index >= first && row.index < end).map(row => [row.index, row]));
    const free = this.#rows.filter(row => shown.get(row.index) !== row);
    for (let index = first; index < end; index += 1) {
      const row = shown.get(index) ?? free.pop();
      row.style.top = `${(index - first) * this.row}px`;
      if (row.index !== index || isAnew) this.#fill(row, index);
    }
    for (const row of free) this.#hide(row);
    const here = this.#here !== null && this.#here >= first && this.#here < end;
    if (here) this.host.setAttribute('aria-activedescendant', `${this.id}-${this.#here}`);
    else this.host.removeAttribute('aria-activedescendant');
    if (end > first) this.onrange(first, end);
  }

  #add() {
    const row = this.make();
    row.setAttribute('role', 'row');
    row.style.position = 'absolute';
    row.style.insetInline = '0';
    row.index = -1;
    this.#rows.push(row);
    this.body.append(row);
  }

  #fill(row, index) {
    row.index = index;
    row.hidden = false;
    row.id = `${this.id}-${index}`;
    row.setAttribute('aria-rowindex', index + 1);
    row.setAttribute('aria-selected', index === this.#here);
    row.classList.toggle('here', index === this.#here);
    this.drawRow(row, index);
  }

  #hide(row) {
    row.hidden = true;
    row.index = -1;
    row.removeAttribute('id');
    row.classList.remove('here');
  }
};
