'use strict';

/** A list of any length that creates only visible rows; all rows have the same height, `--row`.

    - label: its name for screen readers
    - make(): makes a row, an element of class `row`
    - draw(element, index): shows an entry in a row, which may show it already
    - onchoose(index): called with the current row; null for none
    - onrange(first, end): called with the visible range, to fetch its entries

    Set `count`, and call `draw()` when entries change. A row's cells have the role `gridcell`. */
csm.LineList = class {
  #count = 0;
  #here = null;
  #rows = [];
  /** The scroll position in pixels of the whole list. Browsers allow about 17 million pixels, and lose
      precision well before that, so the element itself may be shorter. */
  #top = 0;
  #scrolled = 0;

  static #tallest = 4_000_000;
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
      // Redrawing a ticked checkbox would lose its change event.
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

  /** Makes a row current and scrolls to it; null for no row. */
  go(index, { keepsPlace = false } = {}) {
    this.#here = index === null || !this.#count ? null : Math.max(0, Math.min(index, this.#count - 1));
    if (this.#here !== null && !keepsPlace) this.show(this.#here);
    this.draw();
    this.onchoose(this.#here);
  }

  /** Follows the current row to another place, without choosing it again; if it is in sight, it stays there. */
  move(index) {
    const place = (this.#here ?? index) * this.row;
    const isSeen = place + this.row > this.#top && place < this.#top + this.height;
    this.#here = index;
    if (isSeen) this.show(index);
    this.draw();
  }

  /** Scrolls as little as possible; a distant row appears in the middle. */
  show(index) {
    const [from, to] = [index * this.row, (index + 1) * this.row];
    if (from >= this.#top && to <= this.#top + this.height) return;
    const isFar = from < this.#top - this.height || to > this.#top + 2 * this.height;
    const top = isFar ? from - this.height / 2 : from < this.#top ? from : to - this.height;
    this.#place(top);
  }

  /** How many rows the view shows. */
  get page() { return Math.max(1, Math.floor(this.height / this.row) - 1); }

  /** Redraws all rows. */
  draw() { this.#draw(true); }

  /** Redraws a row if it is visible. */
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

  /** A small step moves by as many pixels; a large one, with the scroll bar, to that fraction of the list. */
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
    // A visible entry keeps its element.
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
