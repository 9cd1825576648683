'use strict';

/** The calls to csm-web. Each sends the key that enter.js stored. A call that fails throws an Error with a
    message for people. */
csm.api = (() => {
  const key = localStorage.getItem('csm-key') ?? '';

  const call = async (path, options = {}) => {
    const headers = { 'X-CSM-Key': key, ...options.headers };
    let response;
    try {
      response = await fetch(path, { ...options, headers, credentials: 'same-origin' });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new Error('csm-web does not answer: it or the tunnel to it has ended');
    }
    if (response.ok) return response;
    if (response.status === 401) csm.leave?.();
    const body = await response.json().catch(() => ({}));
    throw new Error(body.errors?.join('; ') ?? `csm-web answered ${response.status}`);
  };

  const query = values => {
    const items = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
    return items.length ? '?' + new URLSearchParams(items) : '';
  };

  return {
    get: async (name, values = {}, signal) => (await call(`/api/${name}${query(values)}`, { signal })).json(),

    /** Sends a file, or JSON. */
    post: async (name, body, values = {}) => {
      const isFile = body instanceof Blob;
      return (await call(`/api/${name}${query(values)}`, {
        method: 'POST', body: isFile ? body : JSON.stringify(body ?? {}),
        headers: { 'Content-Type': isFile ? 'application/octet-stream' : 'application/json' },
      })).json();
    },

    /** The waveform of audio, by its digest; null if there is none. */
    peaks: async digest => {
      const response = await call(`/peaks/${digest}`).catch(() => null);
      return response ? (await response.json()).peaks : null;
    },

    /** Calls `take` with each event until the signal aborts or the stream ends; throws if nothing comes for
        `patience` milliseconds: an ended tunnel may keep its near end open. */
    events: async (take, signal, patience) => {
      const silence = new AbortController();
      let timer;
      const hear = () => { clearTimeout(timer); timer = setTimeout(() => silence.abort(), patience); };
      hear();
      try {
        const response = await call('/api/events', { signal: AbortSignal.any([signal, silence.signal]) });
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = '';
        for (;;) {
          const { value, done } = await reader.read();
          if (done) return;
          hear();
          text += value;
          for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
            const data = text.slice(0, end).split('\n').filter(line => line.startsWith('data: ')).map(line => line.slice(6));
            text = text.slice(end + 2);
            if (data.length) take(JSON.parse(data.join('\n')));
          }
        }
      } catch (error) {
        if (silence.signal.aborted) throw new Error('csm-web is silent: it or the tunnel to it hangs');
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
})();

/** Leaves the page: csm-web no longer knows this browser. */
csm.leave = () => {
  if (csm.hasLeft) return;
  csm.hasLeft = true;
  // With a key, the page that follows would lead back here.
  localStorage.removeItem('csm-key');
  location.replace('/enter?ticket=none');
};

csm.audio = digest => digest ? `/audio/${digest}` : null;
