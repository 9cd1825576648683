'use strict';

// The page's frame: its views, its keys, and the one player.
{
  const find = id => document.getElementById(id);
  const player = new csm.Player(find('audio'));
  const live = new csm.Live(words => csm.setText(find('live'), words));
  const tonight = new csm.Tonight(find('tonight'));
  const benches = {
    lines: new csm.Bench(find('lines'), { isListening: false, live, player }),
    listen: new csm.Bench(find('listen'), { isListening: true, live, player }),
  };
  const adding = new csm.Adding(find('add'), { player });
  const views = ['tonight', 'lines', 'listen', 'add'];
  let view = null;
  let report = null;

  live.add(news => { report = news; if (view === 'tonight') tonight.show(news); });

  const bench = () => benches[view] ?? null;

  /** Shows the view that the address names, with its query. */
  const look = () => {
    const [name, items = ''] = location.hash.slice(1).split('?');
    const next = views.includes(name) ? name : 'tonight';
    if (next !== view) {
      player.pause();
      for (const one of views) {
        find(one).hidden = one !== next;
        const tab = document.querySelector(`[data-view="${one}"]`);
        if (one === next) tab.setAttribute('aria-current', 'page'); else tab.removeAttribute('aria-current');
      }
      view = next;
      document.title = `csm: ${next}`;
    }
    if (view === 'tonight' && report) tonight.show(report);
    if (bench()) bench().show(Object.fromEntries(new URLSearchParams(items)));
    if (view === 'add') adding.open();
  };

  const step = by => { location.hash = views[(views.indexOf(view) + by + views.length) % views.length]; };
  const on = run => event => { if (bench()) run(bench(), event); };
  const keys = new csm.Keys([
    [[']'], 'next view; [ previous view', () => step(1)],
    [['['], '', () => step(-1)],
    [[' '], 'play, or pause', on(one => one.toggle())],
    [['j', 'ArrowDown'], 'next line; j plays it', on((one, event) => one.go(1, { plays: event.key === 'j' }))],
    [['k', 'ArrowUp'], 'previous line; k plays it', on((one, event) => one.go(-1, { plays: event.key === 'k' }))],
    [['a'], 'accept: it sounds fine', on(one => one.ways.accept())],
    [['1', '2', '3', '4', '5', '6', '7', '8', '9'], 'play this take', on((one, event) => one.pane.hear(event.key - 1)), ['1', '…', '9']],
    [['p'], 'pick the take that was played', on(one => one.ways.pick())],
    [['r'], 'reroll; retry a failed line', on(one => one.ways.again())],
    [['e'], 'edit the words', on(one => one.pane.edit())],
    [['c'], 'cancel a line that has no audio yet', on(one => one.ways.cancel())],
    [['x', 'm'], 'mark, to change several together', on(one => one.markHere())],
    [['X'], 'mark all loaded lines, or none', on(one => one.markAll())],
    [['ArrowLeft', 'ArrowRight'], 'a second back, or forward', event => player.skip(event.key === 'ArrowLeft' ? -1 : 1)],
    [['s'], 'speed: 1 to 2', on(one => one.faster())],
    [['g'], 'go on by itself, or not', on(one => one.toggleGoingOn())],
    [['/'], 'search', on(one => { one.text.focus(); one.text.select(); })],
    [['PageDown', 'PageUp'], '', on((one, event) => one.go(event.key === 'PageDown' ? one.list.page : -one.list.page))],
    [['Home', 'End'], '', on((one, event) => one.goToEnd(event.key === 'Home'))],
    [['?'], 'show these keys', () => keys.show()],
  ]);

  find('keys-button').addEventListener('click', () => keys.show());
  player.onchange = () => bench()?.drawPlayer();
  player.onend = () => bench()?.ended();
  player.onfail = () => csm.notice('This audio cannot be played: it is missing from the store, or this browser does not know its format.');
  new ResizeObserver(() => bench()?.pane.drawWaves()).observe(find('main'));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { bench()?.pane.drawWaves(); bench()?.list.draw(); });
  addEventListener('hashchange', look);
  for (const one of Object.values(benches)) one.fillChoices().catch(() => {});
  look();
}
