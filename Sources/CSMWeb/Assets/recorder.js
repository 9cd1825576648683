'use strict';

/** Records a voice by microphone.

    - ontime(seconds): called when it begins to record, and with each second that has passed
    - onend(blob): called with the recording */
csm.Recorder = class {
  /** A clip may have 30 s. */
  static #longest = 29_500;

  static #failures = {
    NotAllowedError: 'This page has no permission to use the microphone: allow it in the browser, then press Record again.',
    NotFoundError: 'No microphone was found: connect one, or drop a file.',
    NotReadableError: 'The microphone cannot be used: another program may be using it.',
  };

  #recorder = null;
  /** The press of the button that waits for the microphone; null if none does. */
  #press = null;

  constructor({ ontime, onend }) { Object.assign(this, { ontime, onend }); }

  /** Begins to record, or ends it; throws an Error with a message for people. */
  async toggle() {
    if (this.#recorder) return this.stop();
    if (this.#press) return;
    const press = this.#press = {};
    try {
      const stream = await csm.Recorder.#stream();
      // The view may have been left while the browser asked for permission.
      if (this.#press === press) this.#start(stream); else csm.Recorder.#release(stream);
    } finally {
      if (this.#press === press) this.#press = null;
    }
  }

  stop() {
    this.#press = null;
    this.#recorder?.stop();
  }

  static #release(stream) { for (const track of stream.getTracks()) track.stop(); }

  static async #stream() {
    if (!navigator.mediaDevices) throw new Error('This browser does not let this page record.');
    try {
      // What browsers filter out of calls would be missing from the voice.
      return await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false } });
    } catch (error) {
      throw new Error(csm.Recorder.#failures[error.name] ?? `The microphone cannot be used: ${error.message}`);
    }
  }

  #start(stream) {
    const parts = [];
    let recorder;
    try {
      recorder = new MediaRecorder(stream);
      recorder.addEventListener('dataavailable', event => parts.push(event.data));
      recorder.start();
    } catch (error) {
      csm.Recorder.#release(stream);
      throw new Error(`The microphone cannot be used: ${error.message}`);
    }
    this.#recorder = recorder;
    const begin = performance.now();
    const tell = () => this.ontime(Math.floor((performance.now() - begin) / 1000));
    const timers = [setInterval(tell, 1000), setTimeout(() => recorder.stop(), csm.Recorder.#longest)];
    recorder.addEventListener('stop', () => {
      this.#recorder = null;
      timers.forEach(clearTimeout);
      csm.Recorder.#release(stream);
      this.onend(new Blob(parts, { type: recorder.mimeType }));
    });
    tell();
  }
};

/** A sound as WAV: 24 kHz, mono, 16 bits. It is cut at 31 s: one second more than a clip may have, so that
    csm still sees that it is too long. */
csm.wavOf = async blob => {
  const rate = 24_000;
  const context = new OfflineAudioContext(1, rate, rate);
  const sound = await context.decodeAudioData(await blob.arrayBuffer());
  const mixer = new OfflineAudioContext(1, Math.ceil(Math.min(sound.duration, 31) * rate), rate);
  const source = new AudioBufferSourceNode(mixer, { buffer: sound });
  source.connect(mixer.destination);
  source.start();
  const samples = (await mixer.startRendering()).getChannelData(0);
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (offset, words) => [...words].forEach((letter, index) => view.setUint8(offset + index, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + samples.length * 2, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, index) => view.setInt16(44 + index * 2, Math.max(-1, Math.min(1, sample)) * 32767, true));
  return new Blob([view.buffer], { type: 'audio/wav' });
};
