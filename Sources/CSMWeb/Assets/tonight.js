'use strict';

// Tonight: the progress of each batch, what holds it up, and the course of the night.

/** States grouped for people, in their order in a bar. */
csm.stages = [
  { name: 'stored', tone: 'good', states: ['STORED'] },
  { name: 'at fal', tone: 'own', states: ['SUBMITTING', 'IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'] },
  { name: 'waiting', tone: 'wait', states: ['QUEUED'] },
  { name: 'unknown', tone: 'odd', states: ['UNKNOWN'] },
  { name: 'held', tone: 'bad', states: ['HELD'] },
  { name: 'failed', tone: 'bad', states: ['FAILED'] },
  { name: 'cancelled', tone: 'gone', states: ['CANCELLED'] },
].map(stage => ({ ...stage, count: lines => stage.states.reduce((sum, state) => sum + (lines[state] ?? 0), 0) }));

csm.clock = (moment, hasSeconds = false) => new Date(moment).toLocaleTimeString('en-GB', {
  hour: '2-digit', minute: '2-digit', ...(hasSeconds ? { second: '2-digit' } : {}),
});

/** Such as `30 Nov 2026, 06:27`. */
csm.day = moment => new Date(moment).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** Dollars, rounded up to the cent; amounts below ten cents are finer. */
csm.dollars = amount => amount >= 0.1 || amount === 0 ? `$${(Math.ceil(amount * 100 - 1e-9) / 100).toFixed(2)}` : csm.money(amount);

/** A time in words, such as `2 h 5 min` or `42 s`. */
csm.span = seconds => {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
};

/** A bar of stages, and its legend, which links to the lines of each stage. */
csm.stageBar = (lines, total, batch) => {
  const shown = csm.stages.map(stage => ({ ...stage, lines: stage.count(lines) })).filter(stage => stage.lines);
  const bar = csm.element('div', {
    class: 'stage-bar', role: 'img', 'aria-label': shown.map(one => `${csm.count(one.lines)} ${one.name}`).join(', ') || 'no lines',
  }, ...shown.map(one => {
    const part = csm.element('span', { class: `stage ${one.tone}` });
    part.style.flexGrow = one.lines / total;
    return part;
  }));
  const legend = csm.element('p', { class: 'stage-legend' }, ...shown.map(one => csm.element(
    'a', { href: csm.linesAddress({ batch, state: one.states.join(',') }), class: `stage-name ${one.tone}` },
    csm.element('i', { 'aria-hidden': 'true' }), `${csm.count(one.lines)} ${one.name}`)));
  return [bar, legend];
};

csm.linesAddress = values => {
  const items = Object.entries(values).filter(([, value]) => value);
  return items.length ? `#lines?${new URLSearchParams(items)}` : '#lines';
};

csm.Tonight = class {
  #mostRunners = 0;

  constructor(host) {
    this.host = host;
    host.classList.add('tonight');
    this.parts = {};
    for (const name of ['head', 'holdups', 'figures', 'plot', 'batches', 'words']) {
      this.parts[name] = csm.element(name === 'head' ? 'header' : 'div', { class: `tonight-${name}` });
    }
    host.append(...Object.values(this.parts));
    this.#put('head', csm.element('p', { class: 'soft' }, 'Loading …'));
  }

  #put(name, ...children) { this.parts[name].replaceChildren(...children.filter(Boolean)); }

  show(report) {
    // Redrawing would disturb a person who is about to press something here.
    const focused = document.activeElement;
    if (this.host.contains(focused) && focused.matches('a') && this.text === JSON.stringify(report.batches)) return;
    this.text = JSON.stringify(report.batches);
    const place = focused && this.host.contains(focused) ? focused.getAttribute('href') ?? focused.id : null;
    if (report.is_empty) this.#showNothing();
    else this.#showAll(report);
    if (place) [...this.host.querySelectorAll('a, button')].find(one => (one.getAttribute('href') ?? one.id) === place)?.focus();
  }

  #showNothing() {
    for (const name of Object.keys(this.parts)) this.#put(name);
    this.#put('head', csm.element('h1', {}, 'Nothing is queued yet'), csm.element(
      'p', { class: 'soft' }, 'Drop a file of lines, see what it costs, and add it.'), csm.element(
      'p', {}, csm.element('a', { href: '#add', class: 'button' }, 'Add lines')));
  }

  #showAll(report) {
    const { status } = report;
    this.#mostRunners = Math.max(this.#mostRunners, report.runners);
    const done = csm.stages[0].count(status.lines);
    this.#put(
      'head', csm.element('div', { class: 'headline' }, ...[csm.element('h1', {}, this.#title(report)), this.#brake(status)].filter(Boolean)),
      csm.element('p', { class: 'soft figure' }, this.#sentence(report, done)),
      ...csm.stageBar(status.lines, status.total, ''));
    this.#put('holdups', ...report.holdups.map(words => csm.element('p', { class: 'holdup', role: 'status' }, words)));
    this.#put('figures', ...this.#figures(report));
    this.#put('plot', ...csm.coursePlot(report.course, report.now));
    this.#put(
      'batches', csm.element('h2', {}, 'Batches'),
      csm.element('ol', {}, ...report.batches.map(batch => this.#batch(batch, status))),
      report.batch_count > report.batches.length
        ? csm.element('p', { class: 'soft' }, `and ${csm.count(report.batch_count - report.batches.length)} older ones`) : null);
    this.#put(
      'words', csm.element('h2', {}, 'What csm-enqueue status says'),
      csm.element('ul', {}, ...report.sentences.map(words => csm.element('li', { class: words.startsWith('  ') ? 'further' : '' }, words.trim()))));
  }

  #title({ status, holdups }) {
    if (status.open === 0) {
      const lost = csm.stages.slice(4, 6).reduce((sum, stage) => sum + stage.count(status.lines), 0);
      return lost ? `Done, except for ${csm.counted(lost, 'line')}` : 'All lines are done';
    }
    if (status.gates.some(gate => gate.name === 'paused')) return 'Paused';
    if (!status.running) return 'csmd is not running';
    if (holdups.length) return 'Held up';
    if (status.eta) return `Done about ${csm.clock(status.eta)}`;
    return 'In progress';
  }

  #sentence({ status }, done) {
    return [
      `${csm.count(done)} of ${csm.counted(status.total, 'line')} spoken`,
      status.per_minute && status.open ? `${csm.count(Math.round(status.per_minute))} a minute` : null,
      status.remaining_s > 0 && status.open ? `about ${csm.span(status.remaining_s)} left` : null,
    ].filter(Boolean).join(' · ');
  }

  #brake(status) {
    const isPaused = status.gates.some(gate => gate.name === 'paused');
    const isClosed = status.gates.length > 0;
    if (!status.open && !isClosed) return null;
    const button = (name, words) => csm.element('button', {
      type: 'button', id: `brake-${name}`,
      onclick: () => csm.api.post(name).then(({ done }) => csm.notice(done), error => csm.notice(error.message)),
    }, words);
    return csm.element(
      'p', { class: 'brake' }, isPaused ? null : button('pause', 'Pause'),
      isClosed ? button('resume', isPaused ? 'Resume' : 'Try again now') : null);
  }

  #figures(report) {
    const { status } = report;
    const figure = (name, value, note) => csm.element(
      'div', { class: 'figure-card' }, csm.element('span', { class: 'soft tiny' }, name),
      csm.element('b', { class: 'figure' }, value), csm.element('span', { class: 'soft tiny' }, note ?? '\u00a0'));
    return [
      figure('Spent', csm.dollars(status.cost_usd), status.open ? `about ${csm.dollars(status.projected_usd)} at the end` : 'in total'),
      status.balance_usd === null ? null : figure('Balance', csm.dollars(status.balance_usd), status.open ? report.reach?.split('): ')[1] : 'left'),
      status.open ? figure('At fal', csm.count(report.at_fal), `${csm.count(report.runners)} being spoken; at most ${csm.count(this.#mostRunners)} so far`) : null,
      ...status.budgets.slice(0, 3).map(budget => figure(
        `Budget of ${budget.batch}`, csm.dollars(budget.spent_usd), `of ${csm.dollars(budget.budget_usd)}`)),
    ].filter(Boolean);
  }

  /** Opens a dialog that sets the budget of a batch. */
  #setBudget(batch, budget) {
    const field = csm.element('input', { type: 'text', id: 'budget-field', inputMode: 'decimal', autocomplete: 'off', value: budget?.budget_usd ?? '' });
    const save = () => csm.api.post('budget', {}, { batch, usd: field.value.trim() }).then(
      ({ done }) => { dialog.close(); csm.notice(done); }, error => { says.textContent = error.message; });
    const says = csm.element('p', { class: 'pane-why', role: 'alert' });
    const dialog = csm.dialog(
      `What may ${batch} cost?`, csm.element('label', { for: field.id }, 'Dollars in total; empty for no limit '), field, says);
    field.addEventListener('keydown', event => { if (event.key === 'Enter') { event.preventDefault(); save(); } });
    dialog.querySelector('.actions').prepend(csm.element('button', { type: 'button', class: 'primary', onclick: save }, 'Set'));
    field.focus();
  }

  #batch(batch, status) {
    const budget = status.budgets.find(one => one.batch === batch.batch);
    const done = csm.stages[0].count(batch.lines);
    return csm.element(
      'li', { class: 'batch' },
      csm.element(
        'div', { class: 'batch-head' },
        csm.element('h3', {}, csm.element('a', { href: csm.linesAddress({ batch: batch.batch }) }, batch.batch)),
        csm.element('span', { class: 'soft tiny figure' }, `${csm.count(done)} of ${csm.count(batch.total)}`),
        budget ? csm.element('span', { class: budget.exhausted_at ? 'chip bad' : 'chip' }, `${csm.dollars(budget.spent_usd)} of ${csm.dollars(budget.budget_usd)}`) : null,
        csm.element('button', {
          type: 'button', class: 'plain link tiny', id: `budget-${batch.batch}`, 'aria-label': `Budget of ${batch.batch}`, onclick: () => this.#setBudget(batch.batch, budget),
        }, 'Budget'),
        csm.element('a', { href: `#listen?${new URLSearchParams({ batch: batch.batch })}`, class: 'tiny batch-listen', 'aria-label': `Listen to what is odd in ${batch.batch}` }, 'Listen')),
      ...csm.stageBar(batch.lines, batch.total, batch.batch));
  }
};

/** A plot over time: the jobs that ended as columns, and the money spent as a curve. */
csm.coursePlot = (course, now) => {
  const [width, height, low] = [960, 160, 1];
  const make = (tag, attributes, ...children) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  // The future is not drawn.
  const parts = Math.max(30, Math.min(course.ended.length, Math.ceil((Date.parse(now) - Date.parse(course.start)) / 1000 / course.each_s) + 1));
  const rates = course.ended.slice(0, parts).map(count => count / course.each_s * 60);
  const most = Math.max(...rates, 1);
  let sum = 0;
  const spent = course.cost_usd.slice(0, parts).map(cost => { sum += Number(cost); return sum; });
  const step = width / rates.length;
  const up = share => height - low - share * (height - low - 14);
  const start = Date.parse(course.start);
  const moment = index => csm.clock(start + index * course.each_s * 1000, course.each_s < 10);
  const last = rates.reduce((last, rate, index) => rate > 0 || course.cost_usd[index] > 0 ? index : last, 0);
  const all = course.ended.reduce((sum, count) => sum + count, 0);
  const label = `${csm.counted(all, 'line')} ended from ${moment(0)} to ${moment(rates.length)}, ${csm.count(Math.round(most))} a minute at most; ${csm.dollars(sum)} spent`;
  const plot = make(
    'svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label, class: 'course' },
    make('path', { class: 'course-floor', d: `M0 ${height - low}H${width}` }),
    ...rates.map((rate, index) => rate ? make('rect', {
      class: 'course-rate', x: index * step + step * 0.15, width: step * 0.7, y: up(rate / most), height: height - low - up(rate / most),
    }, make('title', {}, `${moment(index)}: ${Math.round(rate)} a minute`)) : null).filter(Boolean),
    ...(sum > 0 ? [make('path', {
      class: 'course-cost', d: 'M' + spent.slice(0, last + 2).map((value, index) => `${((index + 0.5) * step).toFixed(1)} ${up(value / sum).toFixed(1)}`).join('L'),
    })] : []));
  return [
    csm.element('h2', {}, 'Over time'),
    csm.element(
      'p', { class: 'course-legend soft tiny' },
      csm.element('span', {}, csm.element('i', { class: 'rate', 'aria-hidden': 'true' }), `lines a minute, up to ${csm.count(Math.round(most))}`),
      csm.element('span', {}, csm.element('i', { class: 'cost', 'aria-hidden': 'true' }), `spent, ${csm.dollars(sum)}`)),
    plot,
    csm.element('p', { class: 'course-times soft tiny figure', 'aria-hidden': 'true' },
      ...[0, 0.25, 0.5, 0.75, 1].map(share => csm.element('span', {}, moment(share * rates.length)))),
  ];
};
