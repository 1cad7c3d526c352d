// The package in Node.js, and the parts of it that need no browser.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { REASONS } from '../pkg/counts.js';
import { newId, utf8Bytes } from '../pkg/event.js';
import { createClient } from '../pkg/node.js';
import { report, snippets } from './readme.js';
import { Collector, Gate, pkg } from './support.js';

const timeout = 60_000;
let collector;
let gate;
/** Where nobody listens. */
let nobody;
before(async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  nobody = `http://127.0.0.1:${server.address().port}`;
  await new Promise((resolve) => server.close(resolve));
  collector = await Collector.start();
  gate = await Gate.start(collector);
});
after(async () => {
  await gate.end();
  await collector.end();
});

const client = (options) => createClient({ endpoint: gate.url, key: collector.secretKey, ...options });

/** A folder as a host has it, with the package installed. */
function host(name, code) {
  const folder = join(collector.folder, name);
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(pkg, join(folder, 'node_modules', 'crm-sdk'));
  writeFileSync(join(folder, 'main.mjs'), code);
  return join(folder, 'main.mjs');
}

test('node_sends_from_memory_with_a_secret_key', { timeout }, async () => {
  const verdicts = [];
  const crm = client({ onVerdict: (verdict) => verdicts.push(verdict) });
  const tracked = await crm.purchase({ currency: 'EUR', total: '1.00' });
  assert.deepEqual([tracked.ok, tracked.kept], [true, 'memory']);
  assert.equal((await crm.purchase({ currency: 'EUR', total: 'much' })).reason, 'invalid');
  assert.deepEqual(await crm.flush(10_000), { events: 0, onDisk: 0 });
  const nothing = { updated: 0, superseded: 0, duplicate: 0, rejected: [], warnings: [] };
  assert.deepEqual(verdicts, [{ ...nothing, accepted: 1 }]);
  const { url, headers, events } = gate.requests.at(-1);
  assert.deepEqual([url, events[0].id], ['/v1/events', tracked.id]);
  assert.equal(headers.authorization, `Bearer ${collector.secretKey}`);
  assert.deepEqual(await crm.shutdown(1_000), { events: 0, onDisk: 0 });
});

test('an_order_is_corrected_and_what_has_to_be_looked_at_is_told', { timeout }, async () => {
  const verdicts = [];
  const crm = client({ onVerdict: (verdict) => verdicts.push(verdict) });
  const order = {
    purchase_id: 'corrected-1',
    currency: 'EUR',
    items: [{ name: 'Apples', quantity: 1.5, unit_price: '4.00' }, { kind: 'shipping', unit_price: '4.90' }],
    discount: '1.00',
    tax: '1.88',
    total: '11.78',
  };
  const send = async (purchase) => {
    const { ok, id } = await crm.purchase({ ...order, ...purchase });
    assert.ok(ok);
    assert.deepEqual(await crm.flush(10_000), { events: 0, onDisk: 0 });
    return id;
  };
  await send({ updated_at: '2023-03-02T00:00:00Z' });
  await send({ updated_at: new Date('2023-03-03T00:00:00Z'), payment_method: 'card' });
  await send({ updated_at: '2023-03-01T00:00:00Z', state: 'pending' });
  const adjusted = await send({ replace: true, total: '20.00' });
  for (const takeBack of ['cancel', 'void', 'void']) {
    assert.ok((await crm[takeBack](order)).ok);
    await crm.flush(10_000);
  }
  const counts = verdicts.map(({ accepted, updated, superseded }) => [accepted, updated, superseded]);
  assert.deepEqual(counts, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0], [0, 1, 0], [0, 1, 0], [0, 0, 0]]);
  assert.deepEqual(verdicts.map(({ warnings }) => warnings.length), [0, 0, 0, 1, 0, 0, 0]);
  const [{ id, code, field }] = verdicts[3].warnings;
  assert.deepEqual({ id, code, field }, { id: adjusted, code: 'adjusted', field: 'total' });
  const { accepted, updated, superseded, duplicate, warnings } = crm.stats();
  assert.deepEqual([accepted, updated, superseded, duplicate, warnings], [1, 4, 1, 1, 1]);
  const path = '/v1/purchases/-/corrected-1';
  const headers = { Authorization: `Bearer ${collector.secretKey}` };
  const { purchase, versions } = await (await fetch(`${collector.url}${path}`, { headers })).json();
  const states = versions.map((version) => version.purchase?.state ?? null);
  assert.deepEqual([purchase, states], [null, ['paid', 'paid', 'paid', 'cancelled', null]]);
  await crm.shutdown(1_000);
});

test('what_is_wrong_with_an_event_is_told_in_the_words_of_whoever_gave_it', { timeout }, async () => {
  const crm = client();
  await crm.purchase({ currency: 'EUR', total: '1.00' });
  await crm.flush(10_000);
  const told = async (tracked) => (await tracked).error;
  const needed = { code: 'missing_field', field: 'currency', message: 'is needed' };
  assert.deepEqual(await told(crm.void({ purchase_id: '1042' })), needed);
  assert.deepEqual(await told(crm.cancel({ purchase_id: '1042' })), needed);
  for (const given of ['1042', 7, null, undefined, ['1042']]) {
    for (const call of ['customer', 'purchase', 'cancel', 'void', 'interaction', 'track']) {
      const { code, field, message } = await told(crm[call](given));
      assert.deepEqual([code, field], ['invalid_field', ''], `${call} ${given}`);
      assert.match(message, /^an event is an object of fields, such as /);
    }
  }
  const other = createClient({ endpoint: gate.url, key: collector.secretKey, beforeSend: () => 'withheld' });
  assert.match((await told(other.purchase({ currency: 'EUR', total: '1.00' }))).message, /^an event is an object/);
  await Promise.all([crm.shutdown(1_000), other.shutdown(1_000)]);
});

test('what_a_shutdown_had_to_leave_in_memory_is_counted', { timeout }, async () => {
  const crm = createClient({ endpoint: nobody, key: collector.secretKey, memoryEvents: 2 });
  const tracked = await Promise.all(Array.from({ length: 3 }, () => crm.purchase({ currency: 'EUR', total: 1 })));
  assert.deepEqual(tracked.map(({ ok, reason }) => ok || reason), [true, true, 'queue_full']);
  assert.deepEqual(await crm.shutdown(200), { events: 2, onDisk: 0 });
  assert.deepEqual([crm.losses().unsent, crm.losses().queue_full], [2, 1]);
  assert.equal((await crm.purchase({ currency: 'EUR', total: 1 })).reason, 'shut_down');
});

test('a_shutdown_before_the_WebAssembly_is_there_sends_what_was_tracked', { timeout }, async () => {
  const before = await collector.stored();
  const crm = client();
  crm.purchase({ currency: 'EUR', total: '2.00' });
  assert.deepEqual(await crm.shutdown(10_000), { events: 0, onDisk: 0 });
  assert.equal(await collector.stored(), before + 1);
});

test('a_process_that_has_nothing_left_to_do_sends_what_it_has', { timeout }, async () => {
  const before = await collector.stored();
  const code = `import { createClient } from 'crm-sdk';
    const crm = createClient({ endpoint: '${gate.url}', key: '${collector.secretKey}', batchAgeMs: 60_000 });
    for (let n = 0; n < 3; n += 1) crm.purchase({ currency: 'EUR', total: '2.00' });`;
  await promisify(execFile)(process.execPath, [host('exit', code)], { timeout: 20_000 });
  assert.equal(await collector.stored(), before + 3);
});

test('a_process_ends_at_once_after_its_shutdown', { timeout }, async (t) => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const places = { honest: gate.url, silent: `http://127.0.0.1:${silent.address().port}`, nobody };
  for (const [name, endpoint] of Object.entries(places)) {
    const code = `import { createClient } from 'crm-sdk';
      const crm = createClient({ endpoint: '${endpoint}', key: '${collector.secretKey}', batchAgeMs: 0 });
      await crm.purchase({ currency: 'EUR', total: '2.00' });
      const { events } = await crm.shutdown(500);
      console.log(JSON.stringify({ events, failure: crm.stats().failure, at: Date.now() }));`;
    const { stdout } = await promisify(execFile)(process.execPath, [host(`end-${name}`, code)], { timeout: 20_000 });
    const { events, failure, at } = JSON.parse(stdout);
    const stayedMs = Date.now() - at;
    t.diagnostic(`${name}: the process stayed for ${stayedMs} ms`);
    // A busy machine takes a while to end a process; what held it held it for seconds.
    assert.ok(stayedMs < 2_000, `${name}: ${stayedMs} ms`);
    assert.equal(events, name === 'honest' ? 0 : 1);
    const told = { honest: null, silent: 'the collector cannot be reached: no answer in time' }[name];
    if (name !== 'nobody') assert.equal(failure, told);
    else assert.match(failure, /^the collector cannot be reached: .*ECONNREFUSED/);
  }
  silent.close();
});

test('a_collector_that_is_silent_holds_a_process_no_longer_than_its_last_flush', { timeout }, async (t) => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const code = `import { createClient } from 'crm-sdk';
    const endpoint = 'http://127.0.0.1:${silent.address().port}';
    const crm = createClient({ endpoint, key: '${collector.secretKey}', batchAgeMs: 60_000 });
    crm.purchase({ currency: 'EUR', total: '2.00' });`;
  const began = Date.now();
  await promisify(execFile)(process.execPath, [host('silent', code)], { timeout: 25_000 });
  const tookMs = Date.now() - began;
  t.diagnostic(`the process took ${tookMs} ms, its flush 5000`);
  assert.ok(tookMs < 15_000, `${tookMs} ms`);
  silent.close();
});

test('a_burst_before_the_WebAssembly_is_there_costs_linear_time', { timeout }, async (t) => {
  const burst = async (events) => {
    const crm = createClient({ endpoint: nobody, key: collector.secretKey, memoryEvents: 1_000_000, memoryBytes: 256 * 2 ** 20 });
    const before = process.cpuUsage();
    // In one task: nothing has been loaded by its end.
    for (let n = 0; n < events; n += 1) crm.purchase({ currency: 'EUR', total: 1 });
    const { user, system } = process.cpuUsage(before);
    await crm.shutdown(0);
    assert.equal(crm.losses().unsent, events);
    return user + system;
  };
  await burst(1_000);
  const least = async (events) => Math.min(await burst(events), await burst(events), await burst(events));
  const ratio = (await least(24_000)) / (await least(3_000));
  t.diagnostic(`eight times the events took ${ratio.toFixed(1)} times as long`);
  assert.ok(ratio < 24, `${ratio}`);
});

test('a_wrong_key_and_a_wrong_port_look_different', { timeout }, async () => {
  const run = async (name, endpoint, key) => {
    const code = `import { createClient } from 'crm-sdk';
      const crm = createClient({ endpoint: '${endpoint}', key: '${key}' });
      await crm.purchase({ currency: 'EUR', total: '2.00' });
      await crm.flush(1_500);
      await crm.shutdown(0);
      console.log(crm.stats().failure);`;
    return promisify(execFile)(process.execPath, [host(name, code)], { timeout: 20_000 });
  };
  const wrongKey = await run('wrong-key', gate.url, `${collector.secretKey.slice(0, -3)}000`);
  assert.match(wrongKey.stdout, /^the key is refused \(status 401\): ./);
  assert.match(wrongKey.stderr, /^crm: the key is refused .*; events are kept and sent again. Look at the key.*\n$/);
  const wrongPort = await run('wrong-port', nobody, collector.secretKey);
  assert.match(wrongPort.stdout, /^the collector cannot be reached: .*ECONNREFUSED/);
  // Told once, however often it was tried.
  assert.match(wrongPort.stderr, /^crm: the collector cannot be reached: .*\. Is there a collector at http.*\?\n$/);
});

test('from_the_readme_alone_to_a_report', { timeout }, async (t) => {
  const fresh = await Collector.start();
  // A collector that is left running would hold up the end of all tests.
  t.after(() => fresh.end());
  const folder = join(fresh.folder, 'project');
  mkdirSync(folder);
  execFileSync('npm', ['install', pkg, '--offline', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' });
  const found = snippets('node', { endpoint: fresh.url, key: fresh.secretKey });
  assert.equal(found.length, 2);
  const printedBy = async (snippet) => {
    writeFileSync(join(folder, 'order.mjs'), snippet);
    return promisify(execFile)(process.execPath, ['order.mjs'], { cwd: folder, timeout: 20_000 });
  };
  assert.deepEqual(await printedBy(found[0]), { stdout: 'the collector has them\n', stderr: '' });
  const [command, printed] = report();
  assert.equal(`${fresh.prints(command.split(' '))}\n`, printed);
  assert.deepEqual(await printedBy(found[1]), { stdout: '3 stored, 3 corrected\n', stderr: '' });
});

test('the_example_tells_of_an_order_its_correction_and_its_refund', { timeout }, async (t) => {
  const fresh = await Collector.start();
  t.after(() => fresh.end());
  const program = host('example', readFileSync(new URL('../../../examples/node/orders.mjs', import.meta.url), 'utf8'));
  const env = { ...process.env, SHOP_CRM_ENDPOINT: fresh.url, SHOP_CRM_KEY: fresh.secretKey };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { env, timeout: 20_000 });
  assert.deepEqual([stdout, stderr], ['4 stored, 3 corrected\n', '']);
  // A mug and a pot, 31.94 with 4.80 of tax in them, less 3.19; of the pot 22.49 came back, with 3.75.
  const { totals } = JSON.parse(fresh.prints(['report', 'sales', '--format', 'json']));
  const figures = ['gross', 'discounts', 'refunds', 'net', 'shipping', 'tax', 'total', 'cost', 'margin'];
  assert.deepEqual(figures.map((figure) => totals[figure]), ['27.14', '3.19', '18.74', '5.21', '2.92', '1.63', '9.76', '2.10', '3.11']);
});

test('the_client_knows_every_reason_that_the_pipeline_has', { timeout }, async () => {
  const { default: init, Core } = await import('../pkg/core.js');
  await init({ module_or_path: readFileSync(join(pkg, 'core_bg.wasm')) });
  const core = new Core(1, 1024, 0, 2, 4096, 1, 1, 0);
  const reasons = Object.keys(JSON.parse(core.losses()));
  assert.deepEqual([...REASONS].sort(), reasons.sort());
  core.free();
});

test('ids_are_of_version_seven_and_rise', () => {
  const noon = 1_700_000_000_000;
  // Many in one millisecond, a clock that goes back, and one that goes on.
  const times = [...Array(5_000).fill(noon), noon - 5_000, noon + 1, noon + 10_000];
  const ids = times.map((time) => newId(time));
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('bytes_are_counted_as_they_travel', () => {
  for (const text of ['', 'abc', 'äöü', '€', '😀 and more', 'a\u{10ffff}']) {
    assert.equal(utf8Bytes(text), new TextEncoder().encode(text).length, text);
  }
});

test('the_package_holds_what_it_says_and_no_path_of_the_machine_that_built_it', () => {
  const packed = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: pkg, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const files = packed[0].files.map(({ path }) => path);
  const { exports } = JSON.parse(readFileSync(join(pkg, 'package.json'), 'utf8'));
  const named = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? entry : Object.values(entry)));
  assert.equal(named.length, 11);
  for (const file of named) assert.ok(files.includes(file.slice(2)), file);
  const wasm = readFileSync(join(pkg, 'core_bg.wasm'), 'latin1');
  for (const path of [process.env.HOME, join(pkg, '../../..')]) assert.ok(!wasm.includes(`${path}/`), path);
});
