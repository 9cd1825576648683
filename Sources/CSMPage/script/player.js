'use strict';

/** Plays one sound at a time. `onchange` is called on every change, and on every frame while it plays; `onend`
    at the end of a sound; `onfail` if a sound cannot be played. */
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

  /** The play position in a sound, from 0 to 1. */
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

  /** Pauses or continues the current sound; plays any other from its beginning. */
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

  /** Goes to a position in a sound, from 0 to 1. */
  seek(url, share) {
    if (!this.isAt(url)) this.play(url);
    const { audio } = this;
    const go = () => { audio.currentTime = Math.max(0, Math.min(share, 0.999)) * audio.duration; };
    if (audio.duration > 0) go();
    else audio.addEventListener('loadedmetadata', go, { once: true });
  }

  /** Goes forward by some seconds; back if negative. */
  skip(seconds) {
    const { audio } = this;
    if (audio.duration > 0) audio.currentTime = Math.max(0, Math.min(audio.duration, audio.currentTime + seconds));
  }

  /** Switches to the next speed, from 1 to 2. */
  faster() {
    const rates = [1, 1.25, 1.5, 2];
    this.rate = rates[(rates.indexOf(this.rate) + 1) % rates.length];
    this.audio.playbackRate = this.rate;
    this.#tell();
  }

  #start() {
    this.audio.playbackRate = this.rate;
    // Stopping before it begins is not a failure; real errors raise the event handled above.
    this.audio.play().catch(() => {});
  }

  #tell() {
    this.onchange();
    if (!this.isPlaying || this.frame) return;
    this.frame = requestAnimationFrame(() => { this.frame = null; this.#tell(); });
  }
};
