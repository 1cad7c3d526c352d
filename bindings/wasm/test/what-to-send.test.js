// The examples of docs/what-to-send.md, sent from JavaScript: in every report they come to the figures
// that were worked out by hand in tests/figures.md.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { createClient } from '../pkg/node.js';
import { Collector } from './support.js';

const text = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** The events of the page, as they stand there. */
const events = () => [...text('docs/what-to-send.md').matchAll(/^```json\n(.*?)^```$/gms)].flatMap(([, json]) => JSON.parse(json));

/** The reports of the file: how each is asked for, and its rows, the last of them the totals. */
const figures = () =>
  text('tests/figures.md').split('\n## ').slice(1).map((section) => {
    const [, name, currency, from, to] = /^(\w+) in (\w+), from (\S+) to (\S+)\n/.exec(section);
    const [columns, , ...rows] = section
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
    return { name, currency, from, to, columns, rows };
  });

/** A cell as it stands in the file: a number may have noughts at its end there. */
const isCell = (value, cell) => (typeof value === 'number' ? cell !== '' && Number(cell) === value : (value ?? '') === cell);

/** Whether a row has more than noughts behind its name, which is one cell or two. */
const hasFigures = (cells) => cells.slice(2).some((cell) => /[^0.]/.test(cell ?? ''));

test('shops_games_and_invoices_come_to_the_figures_by_hand', { timeout: 120_000 }, async (t) => {
  const collector = await Collector.start();
  t.after(() => collector.end());
  const crm = createClient({ endpoint: collector.url, key: collector.secretKey });
  const all = events();
  for (const event of all) {
    const tracked = await crm.track(event);
    assert.ok(tracked.ok, JSON.stringify(tracked));
  }
  assert.deepEqual(await crm.shutdown(30_000), { events: 0, onDisk: 0 });
  const { accepted, updated, duplicate, rejected, warnings } = crm.stats();
  assert.deepEqual([accepted, updated, duplicate, rejected, warnings], [all.length - 2, 2, 0, 0, 0]);

  const expected = figures();
  assert.ok(expected.length >= 20, `${expected.length}`);
  for (const { name, currency, from, to, columns, rows } of expected) {
    const query = new URLSearchParams({ currency, from, to });
    const answer = await fetch(`${collector.url}/v1/reports/${name}?${query}`, {
      headers: { Authorization: `Bearer ${collector.secretKey}` },
    });
    const report = await answer.json();
    assert.deepEqual(report.columns, columns, name);
    const printed = collector.prints(['report', name, '--currency', currency, '--from', from, '--to', to, '--format', 'json']);
    assert.deepEqual(JSON.parse(printed), report);
    const cells = (row) => columns.map((column) => row[column]);
    const shown = [...report.rows.map(cells).filter(hasFigures), cells(report.totals)];
    assert.equal(shown.length, rows.length, `${name} in ${currency}: ${JSON.stringify(shown)}`);
    rows.forEach((row, at) => {
      const wanted = at === rows.length - 1 ? ['', ...row.slice(1)] : row;
      const fits = wanted.length === columns.length && wanted.every((cell, of) => isCell(shown[at][of], cell));
      assert.ok(fits, `${name} in ${currency}: ${JSON.stringify(shown[at])}, not ${JSON.stringify(wanted)}`);
    });
  }
});
