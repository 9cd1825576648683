'use strict';

/** Plays one sound at a time. `onchange` is called when anything about it changes, while it plays with
    every frame; `onend` when a sound has been heard to its end; `onfail` when it cannot be heard. */
csm.Player = class {
  constructor(audio) {
    this.audio = audio;
    this.url = null;
    this.onchange = this.onend = this.onfail = () => {};
    this.rate = 1;
    for (const name of ['play', 'pause', 'seeked', 'loadedmetadata']) {
      audio.addEventListener(name, () => this.#tell());
    }
    audio.addEventListener('ended', () => { this.#tell(); this.onend(); });
    audio.addEventListener('error', () => { if (this.url) this.onfail(this.url); });
  }

  get isPlaying() { return !this.audio.paused && !this.audio.ended; }

  /** How much of a sound was heard, from 0 to 1. */
  heard(url) {
    const { currentTime, duration } = this.audio;
    return url && url === this.url && duration > 0 ? currentTime / duration : 0;
  }

  isAt(url) { return Boolean(url) && url === this.url; }

  /** Plays a sound from its beginning. */
  play(url) {
    if (!url) return;
    if (url !== this.url) {
      this.url = url;
      this.audio.src = url;
    }
    this.audio.currentTime = 0;
    this.#start();
    this.onchange();
  }

  /** Goes on, or pauses; another sound begins. */
  toggle(url) {
    if (!this.isAt(url) || this.audio.ended) this.play(url);
    else if (this.audio.paused) this.#start();
    else this.audio.pause();
  }

  stop() {
    this.audio.pause();
    this.url = null;
    this.audio.removeAttribute('src');
    this.#tell();
  }

  pause() { this.audio.pause(); }

  /** Goes to a share of a sound. */
  seek(url, share) {
    if (!this.isAt(url)) this.play(url);
    const { audio } = this;
    const go = () => { audio.currentTime = Math.max(0, Math.min(share, 0.999)) * audio.duration; };
    if (audio.duration > 0) go();
    else audio.addEventListener('loadedmetadata', go, { once: true });
  }

  /** Goes so many seconds on, or back. */
  skip(seconds) {
    const { audio } = this;
    if (audio.duration > 0) audio.currentTime = Math.max(0, Math.min(audio.duration, audio.currentTime + seconds));
  }

  /** The next speed, from 1 to 2. */
  faster() {
    const rates = [1, 1.25, 1.5, 2];
    this.rate = rates[(rates.indexOf(this.rate) + 1) % rates.length];
    this.audio.playbackRate = this.rate;
    this.#tell();
  }

  #start() {
    this.audio.playbackRate = this.rate;
    // What is stopped before it began is no failure; the audio's own error is told above.
    this.audio.play().catch(() => {});
  }

  #tell() {
    this.onchange();
    if (!this.isPlaying || this.frame) return;
    this.frame = requestAnimationFrame(() => { this.frame = null; this.#tell(); });
  }
};
