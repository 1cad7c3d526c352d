// Events that make every request fail, and how long what waits has waited: told by a collector that
// behaves as a test wants it, and by a clock that a test moves.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { createClient } from '../pkg/node.js';
import { until } from './support.js';

const timeout = 120_000;
const HOUR_MS = 60 * 60 * 1000;

/** Answers each batch by a function of its events: `[status, body]`, or nothing for never. */
async function serve(t, answer) {
  const server = createServer(async (from, to) => {
    const chunks = [];
    for await (const chunk of from) chunks.push(chunk);
    const answered = answer(JSON.parse(Buffer.concat(chunks)).events);
    if (answered !== undefined) to.writeHead(answered[0]).end(answered[1]);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** Moves the clock that never goes back; it is right again after the test. */
function clock(t) {
  const { now } = performance;
  let aheadMs = 0;
  performance.now = () => now.call(performance) + aheadMs;
  t.after(() => (performance.now = now));
  return (ms) => (aheadMs += ms);
}

const visit = (n) => ({ customer_id: `c-${n}`, kind: 'visit' });

test('an_event_that_always_fails_costs_its_neighbours_nothing_and_is_given_up_after_a_day', { timeout }, async (t) => {
  const advance = clock(t);
  const walls = { 'c-300': [500, ''], 'c-700': [403, 'blocked by a firewall'] };
  const stored = new Set();
  const endpoint = await serve(t, (events) => {
    const wall = events.find(({ customer_id }) => walls[customer_id]);
    if (wall) return walls[wall.customer_id];
    for (const { id } of events) stored.add(id);
    return [200, JSON.stringify({ accepted: events.length, duplicate: 0, rejected: [] })];
  });
  const rejected = [];
  const crm = createClient({
    endpoint,
    key: 'crm_sk_none',
    batchAgeMs: 0,
    retryInitialMs: 10,
    onVerdict: (verdict) => rejected.push(...verdict.rejected),
  });
  const tracked = await Promise.all(Array.from({ length: 1000 }, (_, n) => crm.interaction(visit(n))));
  const began = Date.now();
  await until('both are parked', () => crm.stats().parked === 2);
  // A flush does not wait for them, and what it left is told.
  assert.deepEqual(await crm.flush(60_000), { events: 2, onDisk: 0 });
  const tookMs = Date.now() - began;
  t.diagnostic(`998 neighbours arrived in ${tookMs} ms`);
  assert.ok(tookMs < 30_000, `${tookMs} ms`);
  const { accepted, queued, lagMs } = crm.stats();
  assert.deepEqual([accepted, stored.size, queued, lagMs], [998, 998, 2, 0]);
  assert.equal(crm.losses().undeliverable, 0);

  // Whatever wakes the client, it looks whether they are due.
  for (let hours = 0; hours < 200 && crm.losses().undeliverable < 2; hours += 1) {
    advance(HOUR_MS);
    await crm.interaction(visit(`later-${hours}`));
    const { accepted } = crm.stats();
    await until('the next one arrives', () => crm.stats().accepted > accepted || crm.losses().undeliverable === 2);
    if (hours < 23) assert.equal(crm.losses().undeliverable, 0, `after ${hours} hours`);
  }
  assert.deepEqual([crm.losses().undeliverable, crm.stats().parked], [2, 0]);
  const ids = [tracked[300].id, tracked[700].id];
  assert.deepEqual(rejected.map(({ id }) => id).sort(), ids.sort());
  assert.deepEqual(await crm.shutdown(10_000), { events: 0, onDisk: 0 });
});

test('how_long_the_oldest_event_has_waited_is_right_from_the_first_moment', { timeout }, async (t) => {
  const advance = clock(t);
  let answers = false;
  const endpoint = await serve(t, (events) =>
    answers ? [200, JSON.stringify({ accepted: events.length, duplicate: 0, rejected: [] })] : [503, ''],
  );
  const crm = createClient({ endpoint, key: 'crm_sk_none', batchAgeMs: 0, retryInitialMs: 10, retryLongestMs: 20 });
  assert.equal(crm.stats().lagMs, 0);
  await crm.interaction(visit(0));
  assert.ok(crm.stats().lagMs < 30_000, `${crm.stats().lagMs}`);
  advance(5 * HOUR_MS);
  // Younger ones change nothing.
  await crm.interaction(visit(1));
  const { lagMs } = crm.stats();
  assert.ok(lagMs >= 5 * HOUR_MS && lagMs < 5 * HOUR_MS + 30_000, `${lagMs}`);
  answers = true;
  assert.deepEqual(await crm.flush(30_000), { events: 0, onDisk: 0 });
  assert.equal(crm.stats().lagMs, 0);
  await crm.shutdown(0);
});
