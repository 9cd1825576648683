'use strict';

/** Reports about the night: one stream of events for all views, and none while the page is hidden. */
csm.Live = class {
  #takers = new Set();
  #stop = null;

  constructor(word) {
    this.word = word;
    this.last = null;
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

  async #run(signal) {
    for (let failures = 0; !signal.aborted;) {
      try {
        await csm.api.events(report => {
          failures = 0;
          this.last = report;
          this.word('');
          for (const take of this.#takers) take(report);
        }, signal);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.word(error.message);
      }
      const gap = Math.min(1000 * 2 ** failures, 15_000);
      await new Promise(done => { setTimeout(done, gap); signal.addEventListener('abort', done, { once: true }); });
    }
  }
};
