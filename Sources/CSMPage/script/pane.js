'use strict';

/** One line in detail: its words, its marks, its takes on a common time scale, and what can be done.

    - player: a csm.Player
    - actions: what can be done, each with
        name: which keys it has, see csm.Keys.of
        label(line, take): the label of its button
        can(line, take): whether it applies
        isFirst, isSmall, isRare: the look of its button; a rare one is hidden when it does not apply
        run(): does it
    - onedit(line, text): called with new words for the line
    - facts(line): a sentence with further facts; optional */
csm.LinePane = class {
  constructor(host, { player, actions, onedit = () => {}, facts = () => '' }) {
    Object.assign(this, { host, player, actions, onedit, facts, line: null });
    this.body = csm.element('div', { class: 'pane-body', tabIndex: 0, role: 'region', 'aria-label': 'The line' });
    this.buttons = new Map(actions.map(action => [action, csm.element(
      'button', { type: 'button', class: action.isFirst ? 'primary grow' : action.isSmall ? 'plain' : '', onclick: () => action.run() })]));
    const row = (isSmall, name) => csm.element(
      'div', { class: `deck-row ${name}` },
      ...actions.filter(action => Boolean(action.isSmall) === isSmall).map(action => this.buttons.get(action)));
    this.deck = csm.element(
      'div', { class: 'deck', role: 'group', 'aria-label': 'What to do' }, row(false, ''), row(true, 'small'));
    host.classList.add('pane');
    host.append(this.body, this.deck);
    this.show(null);
  }

  /** Shows a line; null for none.

      - decision: a chip for the decision about it
      - take: the number of the selected take; by default the line's own */
  show(line, { decision = null, take } = {}) {
    const isSame = this.line !== null && line !== null && csm.id(line) === csm.id(this.line);
    this.line = line;
    this.isEditing = false;
    this.takes = line ? csm.takes(line) : [];
    this.take = this.takes.find(one => one.take === (take ?? line.take)) ?? this.takes[0] ?? null;
    this.body.replaceChildren(...(line ? this.#parts(decision) : [
      csm.element('p', { class: 'soft' }, 'No line selected.')]));
    if (!isSame) this.body.scrollTop = 0;
    this.#drawDeck();
    this.drawWaves();
  }

  /** Draws the waveforms and the play positions. */
  drawWaves() {
    const longest = Math.max(...this.takes.map(take => take.duration_s ?? 0), 0.1);
    for (const part of this.body.querySelectorAll('.take')) {
      const take = this.takes[part.index];
      const heard = this.player.heard(take.audio_url);
      const playing = this.player.isAt(take.audio_url) && this.player.isPlaying;
      const button = part.querySelector('button');
      csm.setText(button, playing ? '❚❚' : '▶');
      button.setAttribute('aria-label', `${playing ? 'Pause' : 'Play'} take ${take.take}`);
      const slider = part.querySelector('.take-wave');
      slider.setAttribute('aria-valuenow', Math.round(heard * 100));
      const canvas = slider.querySelector('canvas');
      if (canvas) csm.drawWave(canvas, take.peaks, { heard, width: (take.duration_s ?? longest) / longest });
      const time = heard ? `${csm.seconds(heard * (take.duration_s ?? this.player.audio.duration))} / ` : '';
      csm.setText(part.querySelector('.clock'), time + csm.seconds(take.duration_s));
    }
  }

  /** Begins to edit the words. */
  edit() {
    if (!this.line || this.isEditing) return;
    this.isEditing = true;
    const field = csm.element('textarea', { rows: 3, value: this.line.text, 'aria-label': 'The words', dir: 'auto' });
    const end = () => { this.isEditing = false; box.replaceWith(text); this.host.ownerDocument.activeElement?.blur(); };
    const save = () => {
      const words = field.value.trim();
      end();
      if (words) this.onedit(this.line, words);
    };
    field.addEventListener('keydown', event => {
      if (event.key === 'Escape') end();
      else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) save();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    const text = this.body.querySelector('.pane-text');
    const box = csm.element(
      'div', { class: 'pane-edit' }, field,
      csm.element(
        'div', { class: 'actions' },
        csm.element('button', { type: 'button', class: 'primary', onclick: save }, 'Keep these words', csm.element('kbd', {}, '⏎')),
        csm.element('button', { type: 'button', onclick: end }, 'Leave as it is', csm.element('kbd', {}, 'esc'))));
    text.replaceWith(box);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  #parts(decision) {
    const { line } = this;
    const sent = line.sent && line.sent !== line.text ? `Sent as: ${line.sent}` : null;
    const why = line.error_class ? `${line.error_class}: ${line.error ?? ''}` : null;
    const facts = [
      typeof line.speaker === 'string' ? `speaker ${line.speaker}` : null,
      line.voice ? `voice ${line.voice}` : 'no voice',
      csm.counted(line.chars, 'character'),
      typeof line.cost_usd === 'number' ? csm.money(line.cost_usd) : null,
      this.facts(line) || null,
    ].filter(Boolean).join(' · ');
    return [
      csm.element(
        'div', { class: 'pane-head' }, csm.element('h2', {}, line.line),
        line.state === 'STORED' ? null : csm.stateChip(line.state), decision),
      csm.element('p', { class: 'pane-text', tabIndex: -1, dir: 'auto' }, line.text),
      sent && csm.element('p', { class: 'pane-sent', dir: 'auto' }, sent),
      why && csm.element('p', { class: 'pane-why' }, why),
      this.takes.some(take => take.digest || take.audio_url || take.peaks) || this.takes.length > 1
        ? csm.element('ol', { class: 'takes' }, ...this.takes.map((take, index) => this.#take(take, index))) : null,
      csm.element('p', { class: 'pane-facts' }, facts),
    ].filter(Boolean);
  }

  #take(take, index) {
    const { line, player } = this;
    const said = { ...take, chars: line.chars };
    const url = take.audio_url;
    const choose = () => { if (take !== this.take) { this.take = take; this.#chosen(); } };
    const hear = () => { choose(); player.toggle(url); };
    const seek = event => {
      const { left, width } = event.currentTarget.getBoundingClientRect();
      const longest = Math.max(...this.takes.map(one => one.duration_s ?? 0), 0.1);
      choose();
      player.seek(url, (event.clientX - left) / width * longest / (take.duration_s ?? longest));
    };
    const wave = take.peaks ? csm.element('canvas', { class: 'wave' }) : csm.element(
      'div', { class: 'none' }, take.digest ? take.no_peaks ?? 'no waveform' : take.state);
    const item = csm.element(
      'li', { class: 'take', 'data-take': take.take },
      csm.element('button', { type: 'button', class: 'round', disabled: !url, onclick: hear }, '▶'),
      csm.element('div', {
        class: 'take-wave', role: 'slider', tabIndex: url ? 0 : -1, 'aria-label': `Place in take ${take.take}`,
        'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-valuenow': '0', onclick: url ? seek : null,
      }, wave),
      csm.element(
        'div', { class: 'take-facts' }, this.#name(take),
        ...(take.checks ?? []).map(mark => csm.element(
          'span', { class: 'take-mark' }, csm.markChip(mark, said), csm.element('span', {}, csm.markWords(mark, said)))),
        take.digest && !url ? csm.element('span', {}, 'not in the export') : null,
        csm.element('span', { class: 'clock figure' })));
    item.index = index;
    item.classList.toggle('heard', this.takes.length > 1 && take === this.take);
    return item;
  }

  #name(take) {
    const isOwn = take.take === this.line.take;
    if (this.takes.length < 2) return null;
    return csm.element('span', { class: isOwn ? 'chip own' : 'chip' }, `take ${take.take}${isOwn ? ', the line’s' : ''}`);
  }

  #chosen() {
    for (const part of this.body.querySelectorAll('.take')) {
      part.classList.toggle('heard', this.takes.length > 1 && this.takes[part.index] === this.take);
    }
    this.#drawDeck();
  }

  /** Selects a take by its index, from 0, and plays it. */
  hear(index) {
    const take = this.takes[index];
    if (!take) return;
    this.take = take;
    this.#chosen();
    this.player.play(take.audio_url);
  }

  #drawDeck() {
    for (const [action, button] of this.buttons) {
      const can = this.line !== null && action.can(this.line, this.take);
      button.disabled = !can;
      button.hidden = !can && Boolean(action.isRare);
      button.replaceChildren(action.label(this.line, this.take), csm.element('kbd', {}, csm.Keys.of[action.name][0]));
    }
  }
};
