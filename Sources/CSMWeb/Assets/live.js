'use strict';

/** Reports about the night: one stream of events for all views, and none while the page is hidden.

    - word(text): called with what keeps reports from coming; empty for nothing */
csm.Live = class {
  /** csm-web reports at least every 10 s; after this many milliseconds without a report, something is wrong. */
  static #patience = 30_000;

  #takers = new Set();
  #stop = null;

  constructor(word) {
    this.word = word;
    this.last = null;
    this.lastAt = null;
    document.addEventListener('visibilitychange', () => this.#look());
    this.#look();
  }

  /** Calls `take` with the last report now, and with each new one. */
  add(take) {
    this.#takers.add(take);
    if (this.last) take(this.last);
  }

  #look() {
    if (document.hidden) {
      this.#stop?.abort();
      this.#stop = null;
    } else if (!this.#stop) {
      this.#stop = new AbortController();
      this.#run(this.#stop.signal);
    }
  }

  /** Says since when no reports come, and why. */
  #complain(why) {
    this.word([this.lastAt ? `no news since ${csm.clock(this.lastAt)}` : '', why].filter(Boolean).join(': '));
  }

  #hear(report) {
    if (report.errors) return this.#complain(report.errors.join('; '));
    this.last = report;
    this.lastAt = Date.now();
    this.word('');
    for (const take of this.#takers) take(report);
  }

  async #run(signal) {
    // What the page still shows may be hours old.
    if (this.lastAt && Date.now() - this.lastAt > csm.Live.#patience) this.#complain('');
    for (let failures = 0; !signal.aborted;) {
      try {
        await csm.api.events(report => { failures = 0; this.#hear(report); }, signal, csm.Live.#patience);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.#complain(error.message);
      }
      const gap = Math.min(1000 * 2 ** failures, 15_000);
      await new Promise(done => { setTimeout(done, gap); signal.addEventListener('abort', done, { once: true }); });
    }
  }
};
