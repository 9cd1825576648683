'use strict';

// The view for adding a file of lines, and clips for voices.

/** An area to drop a file on, with a button to choose one, and further buttons. */
csm.dropPlace = ({ id, words, accept, take, buttons = [] }) => {
  const input = csm.element('input', { type: 'file', id, accept, onchange: () => { if (input.files[0]) take(input.files[0]); } });
  const place = csm.element(
    'div', { class: 'drop' }, csm.element('p', {}, words),
    csm.element('div', { class: 'actions' }, input, csm.element('label', { class: 'button', for: id }, 'Choose a file'), ...buttons));
  const over = isOver => event => { event.preventDefault(); place.classList.toggle('over', isOver); };
  place.addEventListener('dragover', over(true));
  place.addEventListener('dragleave', over(false));
  place.addEventListener('drop', event => {
    over(false)(event);
    const file = event.dataTransfer.files[0];
    if (file) take(file);
  });
  return place;
};

csm.field = (name, input, words) => csm.element('label', { for: input.id }, name, input, words ? csm.element('span', {}, words) : null);

csm.Adding = class {
  /** Counts the files sent, so that the answer about an old one does not replace that about a newer one. */
  #sent = 0;
  /** Counts the clips and judgements, for the same reason. */
  #judgements = 0;

  constructor(host, { player }) {
    this.player = player;
    host.classList.add('adding');
    host.append(csm.element('div', { class: 'adding-columns' }, this.#lines(), this.#voices()));
  }

  open() { this.#fillVoices().catch(error => csm.notice(error.message)); }

  /** Ends a recording: nobody speaks into a page that is not in sight. */
  close() { this.recorder.stop(); }

  // MARK: Lines

  #lines() {
    this.batch = csm.element('input', { type: 'text', id: 'add-batch', autocomplete: 'off', placeholder: 'name of the file' });
    this.voice = csm.element('select', { id: 'add-voice' }, csm.element('option', { value: '' }, 'from the file'), csm.element('option', { value: '*' }, 'none: strangers'));
    this.budget = csm.element('input', { type: 'text', id: 'add-budget', inputMode: 'decimal', autocomplete: 'off', placeholder: 'no limit' });
    this.addButton = csm.element('button', { type: 'button', class: 'primary', disabled: true, onclick: () => this.#send(true) }, 'Add');
    this.outcome = csm.element('div', { class: 'outcome', role: 'status' });
    for (const one of [this.batch, this.voice, this.budget]) one.addEventListener('change', () => { if (this.file) this.#send(false); });
    return csm.element(
      'section', { 'aria-label': 'Lines' }, csm.element('h1', {}, 'Add lines'),
      csm.dropPlace({
        id: 'add-file', words: 'Drop a file here: text, CSV, JSON Lines, a dialogue, or subtitles.',
        accept: '.txt,.csv,.tsv,.psv,.json,.jsonl,.script,.srt,.vtt', take: file => { this.file = file; this.#send(false); },
      }),
      csm.element(
        'div', { class: 'form' },
        csm.element(
          'div', { class: 'side-by-side' }, csm.field('Batch', this.batch), csm.field('Voice', this.voice), csm.field('Budget in $', this.budget)),
        csm.element('div', { class: 'actions' }, this.addButton, csm.element('span', { class: 'soft tiny' }, 'Nothing is added until you press Add.'))),
      this.outcome);
  }

  async #send(isAdded, isAgreed = false) {
    const { file } = this;
    const voice = this.voice.value;
    const sent = this.#sent += 1;
    this.addButton.disabled = true;
    csm.setText(this.addButton, 'Add');
    this.outcome.replaceChildren(csm.element('p', { class: 'soft' }, `${isAdded ? 'Adding' : 'Reading'} ${file.name} …`));
    try {
      const answer = await csm.api.post('add', file, {
        name: file.name, batch: this.batch.value.trim(), voice: voice === '*' ? '' : voice, anybody: voice === '*' ? 1 : '',
        budget: this.budget.value.trim(), add: isAdded ? 1 : '', agreed: isAgreed ? 1 : '',
      });
      if (sent !== this.#sent) return isAdded && csm.notice(answer.question ? `${file.name} was not added` : `Added ${csm.counted(answer.report.queued, 'line')} of ${file.name}`);
      if (answer.question) return this.#askAgain(answer.question);
      this.#show(answer, isAdded);
    } catch (error) {
      if (sent === this.#sent) this.outcome.replaceChildren(csm.element('p', { class: 'faults' }, error.message));
      else if (isAdded) csm.notice(`${file.name} was not added: ${error.message}`);
    }
  }

  #askAgain(question) {
    const yes = csm.element('button', { type: 'button', class: 'primary', onclick: () => this.#send(true, true) }, 'Yes, add them');
    this.outcome.replaceChildren(csm.element('p', {}, question), csm.element('p', {}, yes));
    yes.focus();
  }

  #show({ report, sentences, notes, note_count: count }, isAdded) {
    const price = report.queued
      ? `${csm.counted(report.queued, 'line')}, about ${csm.money(report.cost_usd)}`
      : 'Nothing new';
    this.addButton.disabled = isAdded || !report.queued;
    csm.setText(this.addButton, isAdded || !report.queued ? 'Add' : `Add ${csm.counted(report.queued, 'line')} for about ${csm.money(report.cost_usd)}`);
    this.outcome.replaceChildren(...[
      csm.element('p', { class: 'price' }, isAdded ? `Added: ${price}` : price),
      csm.element('ul', {}, ...sentences.map(words => csm.element('li', {}, words))),
      notes.length ? csm.element('ul', { class: 'notes', tabIndex: 0, 'aria-label': 'Remarks on lines' }, ...notes.map(words => csm.element('li', {}, words)),
        count > notes.length ? csm.element('li', {}, `and ${csm.count(count - notes.length)} more`) : null) : null,
      isAdded ? csm.element('p', {}, csm.element('a', { href: csm.linesAddress({ batch: report.batch }) }, `See the lines of ${report.batch}`)) : null,
    ].filter(Boolean));
  }

  // MARK: Voices

  #voices() {
    this.voiceList = csm.element('ul', { class: 'voice-list' });
    this.name = csm.element('input', { type: 'text', id: 'voice-name', autocomplete: 'off' });
    this.words = csm.element('textarea', { id: 'voice-words', rows: 3 });
    this.consent = csm.element('input', { type: 'text', id: 'voice-consent', autocomplete: 'off' });
    this.record = csm.element('button', { type: 'button', onclick: () => this.#record() }, 'Record');
    this.hear = csm.element('button', { type: 'button', hidden: true, onclick: () => this.player.toggle(this.clipAddress) }, 'Hear it');
    this.recorder = new csm.Recorder({
      ontime: seconds => csm.setText(this.record, `Stop, ${seconds} s`),
      onend: blob => { csm.setText(this.record, 'Record'); this.#take(blob); },
    });
    this.keep = csm.element('button', { type: 'button', class: 'primary', disabled: true, onclick: () => this.#judge(true) }, 'Keep this voice');
    this.judgement = csm.element('div', { class: 'outcome', role: 'status' });
    for (const one of [this.name, this.words]) one.addEventListener('change', () => { if (this.clip) this.#judge(false); });
    return csm.element(
      'section', { 'aria-label': 'Voices' }, csm.element('h1', {}, 'Voices'), this.voiceList,
      csm.dropPlace({
        id: 'voice-file', words: 'Drop or record a clip of one person: 3 to 30 s, ideally 6 to 12 s.', accept: 'audio/*',
        take: file => this.#take(file), buttons: [this.record, this.hear],
      }),
      csm.element(
        'div', { class: 'form' },
        csm.field('Name', this.name), csm.field('Exactly the words spoken in it', this.words),
        csm.field('Consent of the speaker', this.consent, 'a note, stored with the voice'),
        csm.element('div', { class: 'actions' }, this.keep)),
      this.judgement);
  }

  async #fillVoices() {
    const { voices } = await csm.api.get('choices');
    const known = [...this.voice.options].map(option => option.value);
    for (const { name } of voices.filter(({ name }) => !known.includes(name))) {
      this.voice.append(csm.element('option', { value: name }, name));
    }
    this.voiceList.replaceChildren(...voices.map(voice => csm.element(
      'li', {},
      csm.element('button', {
        type: 'button', class: 'round', 'aria-label': `Play ${voice.name}`, onclick: () => this.player.toggle(csm.audio(voice.digest)),
      }, '▶'),
      csm.element('div', {}, csm.element('b', {}, voice.name), csm.element('span', { class: 'soft tiny' }, ` ${csm.seconds(voice.duration_s)}`),
        csm.element('p', { class: 'soft tiny', dir: 'auto' }, voice.transcript)))));
  }

  /** Takes any sound that this browser can decode, as the WAV that csm reads. */
  async #take(blob) {
    const judgement = this.#judgements += 1;
    let clip;
    try {
      clip = await csm.wavOf(blob);
    } catch {
      return this.#complain('This browser cannot read sound from this file.');
    }
    if (judgement !== this.#judgements) return;
    this.clip = clip;
    if (this.clipAddress) URL.revokeObjectURL(this.clipAddress);
    this.clipAddress = URL.createObjectURL(this.clip);
    this.hear.hidden = false;
    this.#judge(false);
  }

  async #record() {
    this.player.pause();
    try {
      await this.recorder.toggle();
    } catch (error) {
      this.#complain(error.message);
    }
  }

  #complain(words) { this.judgement.replaceChildren(csm.element('p', { class: 'faults' }, words)); }

  async #judge(isKept) {
    const name = this.name.value.trim();
    const text = this.words.value.trim();
    const judgement = this.#judgements += 1;
    this.keep.disabled = true;
    if (!name || !text) {
      return this.judgement.replaceChildren(csm.element('p', { class: 'soft' }, 'The clip is loaded. Enter a name, and exactly the words spoken in it.'));
    }
    try {
      const found = await csm.api.post('voice', this.clip, { name, text, consent: this.consent.value.trim(), keep: isKept ? 1 : '' });
      if (found.kept) this.#fillVoices();
      // What was kept is reported in any case.
      if (judgement !== this.#judgements && !found.kept) return;
      this.keep.disabled = !found.is_good || isKept;
      const list = (words, tone) => words.length ? csm.element('ul', { class: tone }, ...words.map(word => csm.element('li', {}, word))) : null;
      this.judgement.replaceChildren(...[
        csm.element('p', { class: 'price' }, found.kept ? `Kept as ${found.kept.name}` : found.is_good ? 'This will do' : 'This will not do'),
        csm.element('p', { class: 'soft' }, `${csm.seconds(found.seconds)}, ${found.pace.toFixed(1)} characters a second${found.level_db === null ? '' : `, ${Math.round(found.level_db)} dBFS`.replace('-', '\u2212')}`),
        list(found.faults, 'faults'), list(found.warnings, 'notes'),
      ].filter(Boolean));
    } catch (error) {
      if (judgement === this.#judgements || isKept) this.#complain(error.message);
    }
  }
};
