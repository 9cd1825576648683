'use strict';

/** A list of any number of lines, loaded as they are needed.

    With a filter by batch and state only, the number of lines is known, and the pages in sight are loaded.
    Any other filter is a search, which continues as long as the end of what it found is in sight.

    - query: batch, state, mark, voice, text, order
    - expected(): how many lines there should be; null if that is unknown
    - onchange(): called when lines arrive or their number changes */
csm.LineSource = class {
  static #page = 100;
  static #pagesMax = 60;
  /** Searching again by itself takes at most one part in this many of the time. */
  static #rest = 10;

  #pages = new Map();
  #found = [];
  #next = '0.0';
  #end = [0, 0];
  #isAsking = false;
  /** Whether more may be needed since the last look at what is. */
  #isWanting = false;
  #isOver = false;
  /** Whether what a search has found may be old. */
  #isOld = false;
  /** Before this moment, a search is not made again without need. */
  #restsUntil = 0;

  constructor(query, { expected = () => null, onchange }) {
    Object.assign(this, { query, expected, onchange });
    this.isSearch = Boolean(query.mark || query.voice || query.text);
    this.count = 0;
    this.looked = 0;
    this.error = null;
    this.isKnown = false;
  }

  /** The line at an index; null if it is not loaded yet. */
  get(index) {
    if (this.isSearch) return this.#found[index] ?? null;
    return this.#pages.get(Math.floor(index / csm.LineSource.#page))?.lines[index % csm.LineSource.#page] ?? null;
  }

  /** Whether the number of lines is final: false while a search has more to look at. */
  get isWhole() { return !this.isSearch || this.#next === null; }

  /** The index of a line among those that are loaded; -1 if it is not. */
  find(id) {
    if (this.isSearch) return this.#found.findIndex(line => csm.id(line) === id);
    for (const [page, { lines }] of this.#pages) {
      const index = lines.findIndex(line => csm.id(line) === id);
      if (index >= 0) return page * csm.LineSource.#page + index;
    }
    return -1;
  }

  get lines() { return this.isSearch ? this.#found : [...this.#pages.values()].flatMap(page => page.lines); }

  /** Loads the lines from `first` up to `end`, which are in sight. */
  want(first, end) {
    this.#end = [first, end];
    this.#ask();
  }

  /** Whether no line in sight is known to be old. */
  get isFresh() {
    return this.isSearch ? !this.#isOld : this.#wanted.every(page => this.#pages.get(page)?.isOld === false);
  }

  /** Loads everything again that is or comes into sight, because it may be old.

      - isNeeded: whether this person has just changed something */
  renew({ isNeeded = false } = {}) {
    for (const page of this.#pages.values()) page.isOld = true;
    if (isNeeded || performance.now() >= this.#restsUntil) this.#isOld = true;
    this.#ask();
  }

  end() { this.#isOver = true; }

  async #ask() {
    this.#isWanting = true;
    if (this.#isAsking || this.#isOver) return;
    this.#isAsking = true;
    try {
      while (this.#isWanting && !this.#isOver) {
        this.#isWanting = false;
        while (!this.#isOver && await this.#step());
      }
      this.error = null;
    } catch (error) {
      this.error = error;
      this.onchange();
    } finally {
      this.#isAsking = false;
    }
  }

  /** Fetches what is needed most; false if nothing is needed. */
  async #step() {
    if (!this.isSearch) return this.#fetch();
    return this.#isOld && this.isKnown ? this.#searchAgain() : this.#search();
  }

  /** The pages in sight. */
  get #wanted() {
    const [first, last] = this.#end.map((index, at) => Math.floor(Math.max(0, index - at) / csm.LineSource.#page));
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  }

  async #fetch() {
    const size = csm.LineSource.#page;
    const wanted = this.#wanted;
    const page = wanted.find(page => !this.#pages.has(page)) ?? wanted.find(page => this.#pages.get(page).isOld);
    if (page === undefined) return false;
    const { lines, total } = await csm.api.get('lines', { ...this.query, offset: page * size, limit: size, counted: page > 0 && this.total !== undefined ? 0 : 1 });
    if (this.#isOver) return false;
    this.#pages.delete(page);
    this.#pages.set(page, { lines, isOld: false });
    if (this.#pages.size > csm.LineSource.#pagesMax) this.#pages.delete(this.#pages.keys().next().value);
    const least = page * size + lines.length;
    if (total !== null) this.total = total;
    const known = this.total ?? this.expected();
    this.count = lines.length < size ? least : Math.max(least, known ?? least + 1);
    this.isKnown = true;
    this.onchange();
    return true;
  }

  async #search() {
    if (this.#next === null || this.#found.length >= this.#end[1] + csm.LineSource.#page) return false;
    const { lines, next, looked } = await csm.api.get('lines', { ...this.query, after: this.#next, limit: 100 });
    if (this.#isOver) return false;
    this.#found.push(...lines);
    this.#next = next;
    this.looked += looked;
    this.count = this.#found.length;
    this.isKnown = this.count > 0 || next === null;
    this.onchange();
    return true;
  }

  /** Searches the same lines again, and replaces what was found. */
  async #searchAgain() {
    const begin = performance.now();
    const again = new csm.LineSource(this.query, { onchange: () => {} });
    const isEnough = () => this.isWhole
      ? again.#found.length >= this.#found.length + csm.LineSource.#page : again.looked >= this.looked;
    // What changes from now on is a reason to search once more.
    this.#isOld = false;
    try {
      while (!this.#isOver && !again.isWhole && !isEnough()) {
        again.#end = [0, again.#found.length + 1];
        await again.#search();
      }
    } catch (error) {
      this.#isOld = true;
      throw error;
    }
    if (this.#isOver) return false;
    this.#restsUntil = performance.now() + (performance.now() - begin) * (csm.LineSource.#rest - 1);
    this.#found = again.#found;
    this.#next = again.#next;
    this.looked = again.looked;
    this.count = this.#found.length;
    this.onchange();
    return true;
  }
};

/** A cache of waveforms by digest; at most four are fetched at a time. */
csm.peaksCache = (() => {
  const known = new Map();
  let running = 0;
  const waiting = [];
  const run = async () => {
    if (running >= 4 || !waiting.length) return;
    running += 1;
    const { digest, done } = waiting.pop();
    const peaks = await csm.api.peaks(digest);
    known.set(digest, peaks);
    if (known.size > 5000) known.delete(known.keys().next().value);
    running -= 1;
    done(peaks);
    run();
  };
  return {
    get: digest => known.get(digest) ?? null,
    has: digest => known.has(digest),
    /** Fetches the newest request first; if too many wait, the oldest gets null. */
    fetch: digest => known.has(digest) ? Promise.resolve(known.get(digest)) : new Promise(done => {
      if (waiting.length > 60) waiting.shift().done(null);
      waiting.push({ digest, done });
      run();
    }),
  };
})();
