'use strict';

/** What happened to a line, step by step, and where it comes from.

    - isOpen, ontoggle(isOpen): whether it is unfolded */
csm.lineHistory = ({ line, history }, { isOpen, ontoggle }) => {
  const origin = [
    ['From', `${line.source_file}:${line.source_line}`], ['Added', `${csm.day(line.created_at)}${line.added_by ? ` by ${line.added_by}` : ''}`],
    ['Job', `${line.id}${line.request_id ? `, ${line.request_id}` : ''}`],
    ['Waits', line.waits_for ? `for ${line.waits_for}${line.waits_for_lines?.length ? ` ${line.waits_for_lines.join(', ')}` : ''}` : null],
    ['Metadata', line.meta && Object.keys(line.meta).length ? JSON.stringify(line.meta) : null],
  ].filter(([, value]) => value);
  const step = ({ at, from, to, cause, error_class: kind, error }) => csm.element(
    'li', {}, csm.element('time', { dateTime: at, class: 'figure' }, csm.clock(at, true)),
    csm.element('span', { class: kind ? 'error' : '' }, `${from} → ${to}, ${cause.replaceAll('_', ' ')}${kind ? `: ${kind}: ${error ?? ''}` : ''}`));
  return csm.element(
    'details', { class: 'more-of-line', open: isOpen, ontoggle: event => ontoggle(event.target.open) },
    csm.element('summary', {}, `History, ${csm.counted(history.length, 'step')}`),
    csm.element('ol', { class: 'history' }, ...history.map(step),
      ...origin.map(([name, value]) => csm.element('li', {}, csm.element('span', {}, name), csm.element('span', {}, value)))));
};
