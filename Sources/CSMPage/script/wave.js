'use strict';

// Waveforms. Peaks are a text of one character a part, of 64 values in the order of URL-safe base64; a
// value is 63 times the root of the loudest sample, so that what is quiet can be seen.

{
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const valueOf = new Map([...alphabet].map((character, value) => [character, value / 63]));

  /** Peaks as numbers from 0 to 1; takes an array of such numbers as well. */
  csm.peaks = peaks => typeof peaks === 'string'
    ? Array.from(peaks, character => valueOf.get(character) ?? 0) : peaks ?? [];

  /** Draws peaks on a canvas, in its own colours.

      - heard: the share that was heard, in the other colour
      - width: the share of the canvas that the whole of it takes, so that lengths can be compared */
  csm.drawWave = (canvas, peaks, { heard = 0, width = 1 } = {}) => {
    const scale = window.devicePixelRatio || 1;
    const [across, down] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
    if (!across || !down) return;
    if (canvas.width !== across) canvas.width = across;
    if (canvas.height !== down) canvas.height = down;
    const brush = canvas.getContext('2d');
    brush.clearRect(0, 0, across, down);
    const style = getComputedStyle(canvas);
    const room = across * Math.min(1, width);
    const bars = fitted(csm.peaks(peaks), Math.max(1, Math.floor(room / (3 * scale))));
    const step = room / bars.length;
    const bar = Math.max(1, Math.min(3 * scale, step * 0.68));
    const draw = (from, to, colour) => {
      brush.fillStyle = colour;
      brush.beginPath();
      for (let index = from; index < to; index += 1) {
        const height = Math.max(scale, bars[index] * (down - 2 * scale));
        brush.roundRect(index * step + (step - bar) / 2, (down - height) / 2, bar, height, bar / 2);
      }
      brush.fill();
    };
    const passed = Math.round(heard * bars.length);
    draw(0, passed, style.accentColor);
    draw(passed, bars.length, style.color);
  };

  /** As many of the peaks as there is room for, the loudest of each part. */
  const fitted = (peaks, count) => {
    if (peaks.length <= count) return peaks;
    return Array.from({ length: count }, (_, index) => {
      const [from, to] = [index, index + 1].map(part => Math.floor(part * peaks.length / count));
      return Math.max(...peaks.slice(from, Math.max(to, from + 1)));
    });
  };
}
