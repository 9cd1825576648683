'use strict';

// The page's frame: its views, its keys, and the one player.
{
  const find = id => document.getElementById(id);
  const player = new csm.Player(find('audio'));
  const live = new csm.Live(words => csm.setText(find('live'), words));
  const tonight = new csm.Tonight(find('tonight'));
  const changes = new csm.Changes();
  const benches = {
    lines: new csm.Bench(find('lines'), { isListening: false, live, player, changes }),
    listen: new csm.Bench(find('listen'), { isListening: true, live, player, changes }),
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
      if (view === 'add') adding.close();
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
    ['view', 'previous view, next view', event => step(event.key === '[' ? -1 : 1)],
    ['play', 'play, or pause', on(one => one.toggle())],
    ['next', 'next line; j plays it', on((one, event) => one.go(1, { plays: event.key === 'j' }))],
    ['previous', 'previous line; k plays it', on((one, event) => one.go(-1, { plays: event.key === 'k' }))],
    ['accept', 'accept: it sounds fine', on(one => one.ways.accept())],
    ['take', 'play this take', on((one, event) => one.pane.hear(event.key - 1))],
    ['pick', 'pick the take that was played', on(one => one.ways.pick())],
    ['again', 'reroll; retry a failed line', on(one => one.ways.again())],
    ['edit', 'edit the words', on(one => one.pane.edit())],
    ['cancel', 'cancel a line that has no audio yet', on(one => one.ways.cancel())],
    ['mark', 'mark, to change several together', on(one => one.markHere())],
    ['markAll', 'mark all loaded lines, or none', on(one => one.markAll())],
    ['skip', 'a second back, or forward', event => player.skip(event.key === 'ArrowLeft' ? -1 : 1)],
    ['speed', 'speed: 1 to 2', on(one => one.faster())],
    ['goOn', 'go on by itself, or stay', on(one => one.toggleGoingOn())],
    ['search', 'search', on(one => { one.filters.search(); })],
    ['page', '', on((one, event) => one.go(event.key === 'PageDown' ? one.list.page : -one.list.page))],
    ['end', '', on((one, event) => one.goToEnd(event.key === 'Home'))],
    ['help', 'show these keys', () => keys.show()],
  ]);

  find('keys-button').addEventListener('click', () => keys.show());
  player.onchange = () => bench()?.drawPlayer();
  player.onend = () => bench()?.ended();
  player.onfail = () => csm.notice('This audio cannot be played: it is missing from the store, or this browser does not know its format.');
  new ResizeObserver(() => bench()?.pane.drawWaves()).observe(find('main'));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { bench()?.pane.drawWaves(); bench()?.list.draw(); });
  addEventListener('hashchange', look);
  for (const one of Object.values(benches)) one.filters.fill().catch(() => {});
  look();
}
