'use strict';

// Waveforms. Peaks are a text with one character per part, which stands for a value from 0 to 63 in the
// alphabet of base64url: 63 times the square root of the part's peak, which makes quiet parts visible.

{
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const valueOf = new Map([...alphabet].map((character, value) => [character, value / 63]));

  /** Peaks as numbers from 0 to 1; an array of such numbers is returned as it is. */
  csm.peaks = peaks => typeof peaks === 'string'
    ? Array.from(peaks, character => valueOf.get(character) ?? 0) : peaks ?? [];

  /** Draws peaks on a canvas, in the canvas's `color` and `accent-color`.

      - heard: the play position, from 0 to 1; the part before it has the accent colour
      - width: the fraction of the canvas to use, to make durations comparable */
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

  /** Reduces peaks to at most `count`, each the loudest of its part. */
  const fitted = (peaks, count) => {
    if (peaks.length <= count) return peaks;
    return Array.from({ length: count }, (_, index) => {
      const [from, to] = [index, index + 1].map(part => Math.floor(part * peaks.length / count));
      return Math.max(...peaks.slice(from, Math.max(to, from + 1)));
    });
  };
}
