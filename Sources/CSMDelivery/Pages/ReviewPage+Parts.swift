// The parts of the page that are the same for every batch. It loads nothing, and runs no script but its
// own: the Content-Security-Policy names that one by a number drawn anew for each page.

extension ReviewPage {
  /// Every page begins with it, and so one may take the place of another.
  package static let mark = """
    <!doctype html>
    <html lang=en><meta charset=utf-8><meta name=generator content="csm-enqueue review">
    """

  package static func head(title: String, nonce: String) -> String {
    """
    \(mark)
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; media-src file: http: https:; \
    style-src 'unsafe-inline'; script-src 'nonce-\(nonce)'">
    <meta name=viewport content="width=device-width, initial-scale=1">
    <title>\(title)</title>
    <style>
    :root { color-scheme: light dark; --line: #8883; --soft: #777; }
    body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1rem 8rem; }
    h1 { margin: 0; font-size: 1.4rem; } .sum { color: var(--soft); margin: .2rem 0 1rem; }
    nav { position: sticky; top: 0; background: Canvas; padding: .5rem 0; display: flex; gap: .5rem; \
    flex-wrap: wrap; border-bottom: 1px solid var(--line); z-index: 1; }
    nav input { flex: 1; min-width: 10rem; font: inherit; padding: .2rem .5rem; }
    button { font: inherit; cursor: pointer; } nav button[aria-pressed=true] { font-weight: 700; }
    ol { list-style: none; margin: 0; padding: 0; }
    li { display: grid; grid-template-columns: 1.6rem 2.4rem auto auto auto 1fr; gap: .2rem .6rem; \
    align-items: center; padding: .5rem .3rem; border-bottom: 1px solid var(--line); \
    content-visibility: auto; contain-intrinsic-size: auto 4rem; }
    li.here { background: #3a7bd522; } li p { grid-column: 3 / -1; margin: 0; overflow-wrap: anywhere; }
    li .facts { grid-column: 6; text-align: right; color: var(--soft); white-space: nowrap; }
    .why { color: #b3261e; font-size: .9em; } .state { font-size: .75rem; color: var(--soft); }
    .FAILED, .HELD, .UNKNOWN { color: #b3261e; font-weight: 700; }
    .flag { font-size: .75rem; background: #e8a33d; color: #000; border-radius: .3rem; padding: 0 .4rem; }
    footer { position: fixed; inset: auto 0 0 0; background: Canvas; border-top: 1px solid var(--line); }
    footer div { max-width: 60rem; margin: 0 auto; padding: .6rem 1rem; display: flex; gap: .6rem; \
    align-items: center; flex-wrap: wrap; }
    audio { height: 2.2rem; flex: 1; min-width: 14rem; } textarea { flex: 2; min-width: 14rem; height: 2.6rem; \
    font: 13px monospace; }
    [hidden] { display: none !important; }
    </style>
    <h1>\(title)</h1>
    """
  }

  package static let controls = """
    <nav><input type=search placeholder="id or text" aria-label="filter by id or text">
    <button data-show=all aria-pressed=true>all</button><button data-show=decision>no audio</button>\
    <button data-show=ear>odd</button><button data-show=marked>marked</button>
    <span id=count></span></nav>
    """

  package static func foot(nonce: String) -> String {
    """
    <footer><div><audio controls preload=none></audio><textarea readonly aria-label="the command for marked \
    lines" placeholder="mark lines (x), and their command stands here · space plays, j and k go down and up">\
    </textarea><button id=copy>copy</button></div></footer>
    <script nonce="\(nonce)">
    'use strict';
    const rows = [...document.querySelectorAll('li')], audio = document.querySelector('audio');
    const search = document.querySelector('input[type=search]'), list = document.querySelector('textarea');
    let show = 'all', here = -1;
    const box = row => row.querySelector('input');
    const quoted = id => /^[\\w.:,@%+=\\/-]+$/.test(id) ? id : "'" + id.replaceAll("'", "'\\\\''") + "'";
    function draw() {
      const words = search.value.toLowerCase();
      let count = 0;
      for (const row of rows) {
        const fits = show === 'all' || (show === 'marked' ? box(row).checked : row.className.includes(show));
        row.hidden = !fits || !row.textContent.toLowerCase().includes(words);
        count += !row.hidden;
      }
      document.getElementById('count').textContent = count + ' of ' + rows.length;
    }
    function tell() {
      const ids = rows.filter(row => box(row).checked).map(row => quoted(row.dataset.id));
      list.value = ids.length ? 'csm-enqueue reroll ' + ids.join(' ') : '';
      if (show === 'marked') draw();
    }
    function go(index) {
      if (rows[here]) rows[here].classList.remove('here');
      here = index;
      rows[here].classList.add('here');
      rows[here].scrollIntoView({ block: 'nearest' });
    }
    function play(row) {
      go(rows.indexOf(row));
      const button = row.querySelector('button.play');
      if (!button) return;
      if (audio.dataset.of !== button.dataset.src) { audio.src = audio.dataset.of = button.dataset.src; }
      audio.paused ? audio.play() : audio.pause();
    }
    function step(by) {
      let next = here;
      do { next += by; } while (rows[next] && rows[next].hidden);
      if (rows[next]) go(next);
    }
    document.addEventListener('click', event => {
      const button = event.target.closest('button');
      if (!button) return;
      if (button.className === 'play') play(button.closest('li'));
      if (button.id === 'copy') { list.select(); document.execCommand('copy'); }
      if (button.dataset.show) {
        show = button.dataset.show;
        for (const other of document.querySelectorAll('nav button'))
          other.setAttribute('aria-pressed', other === button);
        draw();
      }
    });
    document.addEventListener('change', tell);
    search.addEventListener('input', draw);
    document.addEventListener('keydown', event => {
      if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'j') step(1);
      else if (event.key === 'k') step(-1);
      else if (event.key === ' ' && rows[here]) play(rows[here]);
      else if (event.key === 'x' && rows[here]) { box(rows[here]).click(); }
      else return;
      event.preventDefault();
    });
    draw();
    </script>
    """
  }
}
