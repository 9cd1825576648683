'use strict';

/** The text of a line to search in, in lower case. */
csm.haystack = line => {
  line.haystack ??= [
    line.line, line.text, line.sent, line.voice, line.speaker, line.state, line.error_class, line.error,
    ...(line.checks ?? []).map(mark => mark.name),
  ].filter(part => part !== null && part !== undefined).join('\n').toLowerCase();
  return line.haystack;
};

/** The filters of a page that has all of its lines: their names, and which lines fit. */
csm.reviewFilters = (lines, decisions, marked) => {
  const needs = new Map(lines.map(line => [line, csm.need(line)]));
  const byNeed = new Map();
  for (const need of needs.values()) byNeed.set(need, (byNeed.get(need) ?? 0) + 1);
  const of = (...wanted) => ({
    fits: line => wanted.includes(needs.get(line)),
    count: () => wanted.reduce((sum, need) => sum + (byNeed.get(need) ?? 0), 0),
  });
  const all = [
    { name: 'All', fits: () => true, count: () => lines.length },
    { name: 'To hear', ...of('bad', 'odd') },
    { name: 'Bad', ...of('bad') },
    { name: 'Odd', ...of('odd') },
    { name: 'No audio', ...of('decision') },
    { name: 'To come', ...of('patience') },
    { name: 'Decided', fits: line => Boolean(decisions.of(line)), count: () => decisions.count, isOwn: true },
    { name: 'Marked', fits: line => marked.has(line), count: () => marked.size, isOwn: true },
  ];
  return all.filter(filter => filter.isOwn || filter.name === 'All' || filter.count() > 0);
};

/** Reads the data in the page: JSON Lines with a head, then one object per line. */
csm.readData = () => {
  const rows = document.getElementById('data').textContent.trim().split('\n').map(row => JSON.parse(row));
  const [head, ...lines] = rows;
  for (const line of lines) line.batch = head.batch;
  return { head, lines };
};
