'use strict';

// The page of `csm-enqueue review`: it contains its lines, and saves decisions to a file for `csm-enqueue
// decide`.

csm.review = () => {
  const { head, lines } = csm.readData();
  const marked = new Set();
  const decisions = csm.Decisions.restored(head);
  const find = id => document.getElementById(id);
  const player = new csm.Player(find('audio'));
  let inView = lines;
  let goesOn = true;

  const chosen = () => list.here === null ? null : inView[list.here];
  const chip = line => csm.decisionChip(decisions.of(line));

  // The list

  const list = new csm.LineList(find('lines'), {
    label: 'Lines',
    make: () => csm.lineRow.make({
      onplay: index => { if (list.here !== index) list.go(index, { keepsPlace: true }); player.toggle(inView[index].audio_url); },
      onmark: (index, isMarked) => { mark(inView[index], isMarked); },
    }),
    draw: (row, index) => {
      const line = inView[index];
      // Other lines may share this audio.
      const isHere = index === list.here;
      csm.lineRow.draw(row, line, {
        decision: chip(line), isMarked: marked.has(line),
        isPlaying: isHere && player.isAt(line.audio_url) && player.isPlaying,
        heard: isHere ? player.heard(line.audio_url) : 0,
      });
    },
    onchoose: () => {
      pane.show(chosen(), { decision: chosen() && chip(chosen()) });
      // Never play a line that is not shown.
      if (!pane.takes.some(take => player.isAt(take.audio_url))) player.pause();
    },
  });

  const go = (by, { plays = false } = {}) => {
    if (!inView.length) return;
    list.go(list.here === null ? 0 : list.here + by);
    if (plays) player.play(chosen().audio_url);
  };

  /** Goes to the next undecided line to listen to, from here down, and then from the top. */
  const goToNext = () => {
    const isWanted = line => ['bad', 'odd', 'decision'].includes(csm.need(line)) && !decisions.of(line);
    const from = (list.here ?? -1) + 1;
    const below = inView.findIndex((line, index) => index >= from && isWanted(line));
    const index = below < 0 ? inView.findIndex(isWanted) : below;
    if (index < 0) return csm.notice('Nothing left to listen to here.');
    list.go(index);
    player.play(chosen().audio_url);
  };

  // Decisions

  const decide = (line, decision) => {
    decisions.set(line, decision);
    drawCounts();
  };

  /** Decides on the current line, and goes on to the next. */
  const decideHere = make => {
    const line = chosen();
    if (!line) return;
    decide(line, make(line, pane.take));
    list.draw();
    if (goesOn && list.here + 1 < inView.length) go(1, { plays: true });
    else pane.show(line, { decision: chip(line), take: pane.take?.take });
  };

  const undo = () => {
    const line = decisions.undo();
    if (!line) return csm.notice('Nothing to undo.');
    drawCounts();
    const index = inView.indexOf(line);
    if (index >= 0) list.go(index); else list.draw();
  };

  const way = name => () => {
    if (chosen() && csm.ways[name].can(chosen(), pane.take)) decideHere(csm.ways[name].make);
  };

  const pane = new csm.LinePane(find('pane'), {
    player,
    actions: [
      { name: 'accept', ...csm.ways.accept, isFirst: true, run: way('accept') },
      { name: 'pick', ...csm.ways.pick, run: way('pick') },
      { name: 'again', ...csm.ways.again, run: way('again') },
      { name: 'edit', label: () => 'Edit', can: () => true, run: () => pane.edit() },
      { name: 'previous', isSmall: true, label: () => 'Previous', can: () => list.here > 0, run: () => go(-1, { plays: true }) },
      { name: 'next', isSmall: true, label: () => 'Next', can: () => list.here + 1 < inView.length, run: () => go(1, { plays: true }) },
      { name: 'unheard', isSmall: true, label: () => 'To hear', can: () => true, run: () => goToNext() },
      { name: 'cancel', ...csm.ways.cancel, isSmall: true, isRare: true, run: way('cancel') },
      { name: 'speed', isSmall: true, label: () => `${player.rate}×`, can: () => true, run: () => { player.faster(); pane.show(chosen()); } },
      { name: 'undo', isSmall: true, label: () => 'Undo', can: () => true, run: undo },
    ],
    onedit: (line, text) => {
      if (text === line.text) return;
      decideHere(() => ({ decision: 'edit', text, of: line }));
    },
  });

  // Marks: many lines at once

  const mark = (line, isMarked) => {
    if (isMarked) marked.add(line); else marked.delete(line);
    list.draw();
    drawCounts();
  };

  const decideMarked = name => {
    let count = 0;
    for (const line of marked) {
      const take = csm.takes(line).find(take => take.take === line.take);
      if (!csm.ways[name].can(line, take)) continue;
      decide(line, csm.ways[name].make(line, take));
      count += 1;
    }
    csm.notice(`${csm.counted(count, 'line')} decided`);
    marked.clear();
    drawCounts();
    list.draw();
    pane.show(chosen(), { decision: chosen() && chip(chosen()) });
  };

  // Filters and search

  const filters = csm.reviewFilters(lines, decisions, marked);
  let filter = filters[0];
  const search = find('search');

  const narrow = () => {
    const line = chosen();
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    inView = lines.filter(one => filter.fits(one) && words.every(word => csm.haystack(one).includes(word)));
    list.count = inView.length;
    find('none').hidden = inView.length > 0;
    const index = inView.indexOf(line);
    list.go(inView.length ? Math.max(0, index) : null);
    drawCounts();
  };

  const choose = one => { filter = one; narrow(); };
  for (const one of filters) {
    one.figure = csm.element('span', { class: 'figure' });
    one.button = csm.element('button', { type: 'button', onclick: () => choose(one) }, one.name, one.figure);
    find('filters').append(one.button);
  }

  const drawCounts = () => {
    for (const one of filters) {
      csm.setText(one.figure, csm.count(one.count()));
      one.button.setAttribute('aria-pressed', one === filter);
    }
    find('save').disabled = decisions.count === 0;
    csm.setText(find('save-count'), csm.count(decisions.count));
    find('marked').hidden = marked.size === 0;
    csm.setText(find('marked-count'), `${csm.count(marked.size)} marked:`);
  };

  // The whole

  csm.lineRow.fitNames(find('lines'), lines);
  const save = () => { if (decisions.count) csm.showDecisions(decisions, head); };
  const step = by => event => go(by, { plays: event.key === 'j' || event.key === 'k' });
  const keys = new csm.Keys([
    ['play', 'play, or pause', () => player.toggle(pane.take?.audio_url)],
    ['next', 'next line; j plays it', step(1)],
    ['previous', 'previous line; k plays it', step(-1)],
    ['unheard', 'next line to listen to', () => goToNext()],
    ['accept', 'accept the take you heard', way('accept')],
    ['take', 'play this take', event => pane.hear(event.key - 1)],
    ['pick', 'pick the take you heard', way('pick')],
    ['again', 'reroll; retry a failed line', way('again')],
    ['edit', 'edit the words', () => pane.edit()],
    ['cancel', 'cancel a line that is not spoken yet', way('cancel')],
    ['undo', 'undo the last decision', undo],
    ['mark', 'mark, to decide on many at once', () => { if (chosen()) mark(chosen(), !marked.has(chosen())); }],
    ['skip', 'back or forward by a second', event => player.skip(event.key === 'ArrowLeft' ? -1 : 1)],
    ['speed', 'speed: 1 to 2', () => { player.faster(); pane.show(chosen()); csm.notice(`Speed ${player.rate}×`); }],
    ['goOn', 'go on after a decision, or stay', () => { goesOn = !goesOn; csm.notice(goesOn ? 'Goes on after a decision' : 'Stays after a decision'); }],
    ['filter', 'next filter; F for the previous one', event => {
      const by = event.key === 'f' ? 1 : filters.length - 1;
      choose(filters[(filters.indexOf(filter) + by) % filters.length]);
    }],
    ['search', 'search', () => { search.focus(); search.select(); }],
    ['page', '', event => go(event.key === 'PageDown' ? list.page : -list.page)],
    ['end', '', event => go(event.key === 'Home' ? -inView.length : inView.length)],
    ['save', 'save the decisions', save],
    ['help', 'show the keys', () => keys.show()],
  ]);

  search.addEventListener('input', narrow);
  search.addEventListener('keydown', event => {
    if (!['Escape', 'Enter'].includes(event.key)) return;
    if (event.key === 'Escape') { search.value = ''; narrow(); }
    search.blur();
    event.preventDefault();
  });
  find('keys').addEventListener('click', () => keys.show());
  find('save').addEventListener('click', save);
  for (const name of ['accept', 'again', 'none']) {
    find(`marked-${name}`).addEventListener('click', () => {
      if (name !== 'none') return decideMarked(name);
      marked.clear();
      drawCounts();
      list.draw();
    });
  }
  let heard = null;
  player.onchange = () => {
    pane.drawWaves();
    const now = list.here;
    for (const index of new Set([heard, now])) if (index !== null) list.refresh(index);
    heard = now;
  };
  player.onfail = () => csm.notice('This audio cannot be played: it was moved or deleted.');
  new ResizeObserver(() => pane.drawWaves()).observe(find('pane'));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { pane.drawWaves(); list.draw(); });
  if (!decisions.isKept) csm.notice('This browser cannot store decisions for this page: save before you close it.');
  addEventListener('beforeunload', event => { if (!decisions.isSafe) event.preventDefault(); });
  narrow();
};
