// The package in a headless Chromium, against a real collector.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { snippets } from './readme.js';
import { launch, until, world } from './support.js';

const timeout = 120_000;
let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A test in a world of its own. */
const inWorld = (name, run, options) =>
  test(name, { timeout }, async () => {
    const w = await world(browser, options);
    try {
      await run(w);
    } finally {
      await w.end();
    }
  });

const buy = (page, count, bytes) => page.evaluate(([count, bytes]) => buy(count, bytes), [count, bytes]);
const stats = (page) => page.evaluate(() => client.stats());
const databaseOf = (w) => `crm-sdk ${w.settings.endpoint}/v1/events ${w.settings.key}`;
/** The events in a page's IndexedDB. */
const onDisk = (page, w) =>
  page.evaluate((name) => new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const events = opening.result.transaction('events').objectStore('events').getAll();
      events.onerror = () => reject(events.error);
      events.onsuccess = () => (opening.result.close(), resolve(events.result));
    };
  }), databaseOf(w));
const kept = (tracked) => [...new Set(tracked.map((one) => one.kept ?? one.reason))];

inWorld('thirty_events_and_the_tab_closed_after_400_ms_all_are_stored', async (w) => {
  const page = await w.visit();
  await page.evaluate(() => {
    buy(30, 3000);
  });
  await new Promise((resolve) => setTimeout(resolve, 400));
  await page.close({ runBeforeUnload: false });
  const sentAtOnce = w.gate.answered;
  if (sentAtOnce < 30) await w.visit();
  await until('thirty are stored', async () => (await w.collector.stored()) === 30);
  assert.deepEqual(w.gate.methods(), ['POST']);
}, { batchAgeMs: 1_000 });

inWorld('a_tab_closed_while_the_collector_is_away_sends_at_the_next_visit', async (w) => {
  w.gate.mode = 'shut';
  const page = await w.visit();
  assert.deepEqual(kept(await buy(page, 30, 3000)), ['disk']);
  await page.close();
  w.gate.mode = 'open';
  const next = await w.visit();
  await until('thirty are stored', async () => (await w.collector.stored()) === 30);
  await until('the disk is empty', async () => (await stats(next)).queued === 0);
  const { recovered, accepted, duplicate } = await stats(next);
  // What the closing tab sent with its last breath may arrive once the gate is open: told as a duplicate, stored once.
  assert.deepEqual({ recovered, answered: accepted + duplicate }, { recovered: 30, answered: 30 });
  assert.equal(await w.collector.stored(), 30);
});

inWorld('two_tabs_double_nothing_and_one_of_them_sends', async (w) => {
  const [one, two] = [await w.visit(), await w.visit()];
  for (let round = 0; round < 5; round += 1) {
    const tracked = await Promise.all([buy(one, 20), buy(two, 20)]);
    assert.deepEqual(kept(tracked.flat()), ['disk']);
  }
  const left = await Promise.all([one, two].map((page) => page.evaluate(() => client.flush(20_000))));
  assert.deepEqual(left, [{ events: 0, onDisk: 0 }, { events: 0, onDisk: 0 }]);
  assert.equal(await w.collector.stored(), 200);
  assert.equal(w.gate.sum('accepted'), 200);
  assert.equal(w.gate.sum('duplicate'), 0);
  const [first, second] = await Promise.all([stats(one), stats(two)]);
  assert.deepEqual([first.sending, second.sending], [true, false]);
  assert.deepEqual([first.tracked, second.tracked, first.accepted, second.requests], [100, 100, 200, 0]);
});

inWorld('without_locks_each_tab_sends_and_nothing_is_stored_twice', async (w) => {
  await w.context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }));
  const pages = [await w.visit(), await w.visit()];
  for (let round = 0; round < 3; round += 1) await Promise.all(pages.map((page) => buy(page, 20)));
  const left = await Promise.all(pages.map((page) => page.evaluate(() => client.flush(20_000))));
  assert.deepEqual(left, [{ events: 0, onDisk: 0 }, { events: 0, onDisk: 0 }]);
  assert.equal(await w.collector.stored(), 120);
  assert.equal(w.gate.sum('accepted'), 120);
  for (const page of pages) {
    assert.equal((await stats(page)).sending, true);
    assert.equal(await page.evaluate(() => client.losses().damaged), 0);
  }
});

inWorld('when_the_tab_that_sends_is_closed_another_goes_on_at_once', async (w) => {
  w.gate.mode = 'shut';
  const [one, two] = [await w.visit(), await w.visit()];
  await buy(one, 20);
  await buy(two, 20);
  await until('the first sends', async () => (await stats(one)).sending);
  w.gate.mode = 'open';
  await buy(one, 20);
  await one.close();
  await until('the second sends', async () => (await stats(two)).sending);
  await buy(two, 20);
  assert.deepEqual(await two.evaluate(() => client.flush(20_000)), { events: 0, onDisk: 0 });
  assert.equal(await w.collector.stored(), 80);
});

inWorld('a_return_from_the_back_forward_cache_sends_again', async (w) => {
  const page = await w.visit();
  await buy(page, 5);
  assert.deepEqual(await page.evaluate(() => client.flush(20_000)), { events: 0, onDisk: 0 });
  await page.goto(`${w.site.origin}/test/elsewhere.html`);
  await page.goBack({ waitUntil: 'commit' });
  await page.waitForFunction(() => globalThis.persisted !== undefined);
  const reasons = await page.evaluate(() => performance.getEntriesByType('navigation')[0].notRestoredReasons);
  assert.equal(await page.evaluate(() => persisted), true, JSON.stringify(reasons));
  assert.deepEqual(kept(await buy(page, 5)), ['disk']);
  assert.deepEqual(await page.evaluate(() => client.flush(20_000)), { events: 0, onDisk: 0 });
  assert.equal(await w.collector.stored(), 10);
  assert.equal((await stats(page)).sending, true);
});

inWorld('what_waits_when_a_page_goes_into_the_cache_is_sent_without_a_preflight', async (w) => {
  const page = await w.visit();
  await until('it sends', async () => (await stats(page)).sending);
  await buy(page, 5, 3000);
  assert.equal(w.gate.requests.length, 0);
  await page.goto(`${w.site.origin}/test/elsewhere.html`);
  await until('they are answered for', () => w.gate.answered === 5);
  assert.deepEqual(w.gate.methods(), ['POST']);
  await page.goBack({ waitUntil: 'commit' });
  await page.waitForFunction(() => persisted === true);
  // They are still on disk: nobody was there to hear the answer.
  await until('the disk is empty', () => page.evaluate(() => client.flush(1_000).then(({ events }) => events === 0 && client.stats().sending)));
  assert.equal(await w.collector.stored(), 5);
  assert.equal((await stats(page)).duplicate, 5);
  assert.equal(await page.evaluate(() => client.losses().damaged), 0);
}, { batchAgeMs: 60_000 });

inWorld('offline_nothing_is_tried_and_back_online_it_is_sent_at_once', async (w) => {
  const page = await w.visit();
  await until('it sends', async () => (await stats(page)).sending);
  await w.context.setOffline(true);
  await page.waitForFunction(() => client.stats().online === false);
  assert.deepEqual(kept(await buy(page, 10)), ['disk']);
  assert.deepEqual(await page.evaluate(() => client.flush(1_000)), { events: 10, onDisk: 10 });
  const { requests, failure } = await stats(page);
  assert.deepEqual({ requests, failure }, { requests: 0, failure: null });
  await w.context.setOffline(false);
  await until('ten are stored', async () => (await w.collector.stored()) === 10);
});

inWorld('a_collector_that_was_away_gets_everything', async (w) => {
  const page = await w.visit();
  await buy(page, 10);
  await until('ten are stored', async () => (await w.collector.stored()) === 10);
  await w.collector.stop();
  await buy(page, 10);
  await until('it fails', async () => (await stats(page)).failure !== null);
  await w.collector.run();
  await until('twenty are stored', async () => (await w.collector.stored()) === 20);
}, { retryLongestMs: 500 });

inWorld('answers_that_are_lost_double_nothing', async (w) => {
  w.gate.mode = 'deaf';
  const page = await w.visit();
  await buy(page, 10);
  await until('it was sent twice', () => w.gate.requests.length > 1);
  w.gate.mode = 'open';
  assert.deepEqual(await page.evaluate(() => client.flush(20_000)), { events: 0, onDisk: 0 });
  assert.equal(await w.collector.stored(), 10);
  assert.equal((await stats(page)).duplicate, 10);
}, { retryLongestMs: 500 });

inWorld('a_tab_that_crashes_loses_nothing_that_was_resolved', async (w) => {
  w.gate.mode = 'shut';
  const page = await w.visit();
  assert.deepEqual(kept(await buy(page, 25, 3000)), ['disk']);
  const session = await w.context.newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  session.send('Page.crash').catch(() => {});
  await crashed;
  w.gate.mode = 'open';
  const next = await w.visit();
  await until('all are stored', async () => (await w.collector.stored()) === 25);
  assert.equal((await stats(next)).recovered, 25);
});

inWorld('events_tracked_before_the_WebAssembly_is_there_survive_the_page', async (w) => {
  w.site.holdsWasm = true;
  w.gate.mode = 'shut';
  const page = await w.visit();
  await page.evaluate(() => {
    globalThis.bought = buy(5);
    globalThis.wrong = client.purchase({ currency: 'EUR' });
  });
  await until('they are on disk', async () => (await stats(page)).tracked === 6);
  await page.close();
  w.site.holdsWasm = false;
  w.gate.mode = 'open';
  const next = await w.visit();
  await until('five are stored', async () => (await w.collector.stored()) === 5);
  assert.equal(await next.evaluate(() => client.losses().invalid), 1);
  assert.equal(w.gate.answered, 5);
});

inWorld('a_page_that_is_hidden_sends_at_once', async (w) => {
  const page = await w.visit();
  await until('it sends', async () => (await stats(page)).sending);
  await buy(page, 10);
  assert.equal(w.gate.requests.length, 0);
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await until('ten are stored', async () => (await w.collector.stored()) === 10);
  await until('the disk is empty', async () => (await stats(page)).queued === 0);
  assert.deepEqual([w.gate.requests.length, w.gate.methods()], [1, ['POST']]);
}, { batchAgeMs: 60_000 });

inWorld('without_a_disk_events_are_kept_in_memory_and_counted', async (w) => {
  const page = await w.context.newPage();
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('private', 'InvalidStateError');
    };
  });
  await page.goto(w.page);
  await page.waitForFunction(() => globalThis.client !== undefined);
  assert.deepEqual(kept(await buy(page, 10)), ['memory']);
  assert.deepEqual(await page.evaluate(() => client.flush(20_000)), { events: 0, onDisk: 0 });
  const { unspooled, storage, tracked, accepted } = await stats(page);
  assert.deepEqual({ unspooled, storage, tracked, accepted }, { unspooled: 10, storage: 'failing', tracked: 10, accepted: 10 });
});

inWorld('a_disk_that_is_full_refuses_the_newest_and_counts_them', async (w) => {
  w.gate.mode = 'shut';
  const page = await w.visit();
  const tracked = await buy(page, 10, 3000);
  const taken = tracked.filter(({ ok }) => ok).length;
  assert.deepEqual(kept(tracked), ['disk', 'queue_full']);
  assert.equal(await page.evaluate(() => client.losses().queue_full), 10 - taken);
  w.gate.mode = 'open';
  assert.deepEqual(await page.evaluate(() => client.flush(20_000)), { events: 0, onDisk: 0 });
  // What was sent has made room.
  assert.deepEqual(kept(await buy(page, taken, 3000)), ['disk']);
  await until('all are stored', async () => (await w.collector.stored()) === 2 * taken);
}, { diskBytes: 20_000, retryLongestMs: 500 });

inWorld('what_lay_on_disk_for_too_long_is_tried_once_more_then_given_up_and_counted', async (w) => {
  w.gate.mode = 'shut';
  const page = await w.visit(-31 * 86_400_000);
  assert.deepEqual(kept(await buy(page, 5)), ['disk']);
  await page.close();
  const again = await w.visit();
  // It is written after the attempt: a page that closes before tries once more at the next visit.
  const tried = async () => (await onDisk(again, w)).filter(({ tried }) => tried).length;
  await until('all were tried', async () => (await tried()) === 5);
  assert.equal(await again.evaluate(() => client.losses().expired), 0);
  await again.close();
  const next = await w.visit();
  await until('they are gone', () => next.evaluate(() => client.losses().expired === 5));
  assert.deepEqual(await onDisk(next, w), []);
  // Only now: what a page sends while it closes would be stored.
  w.gate.mode = 'open';
  await buy(next, 1);
  await until('the new one is stored', async () => (await w.collector.stored()) === 1);
  await until('the disk is empty', async () => (await stats(next)).queued === 0);
});

inWorld('a_clock_that_is_wrong_at_one_visit_and_right_at_another_loses_nothing', async (w) => {
  const day = 86_400_000;
  // A visit to write with the collector away, one to send; the clock of each. What is written in
  // the future arrives as well, and the collector keeps it in its quarantine.
  const visits = [[60 * day, 0], [0, 60 * day], [-50 * 365 * day, 0], [0, -50 * 365 * day]];
  let stored = 0;
  for (const [writing, sending] of visits) {
    w.gate.mode = 'shut';
    const page = await w.visit(writing);
    assert.deepEqual(kept(await buy(page, 5)), ['disk']);
    await page.close();
    w.gate.mode = 'open';
    const next = await w.visit(sending);
    stored += 5;
    await until('they are answered for', () => w.gate.answered === stored);
    await until('the disk is empty', async () => (await stats(next)).queued === 0);
    const { expired, damaged, invalid } = await next.evaluate(() => client.losses());
    assert.deepEqual({ expired, damaged, invalid }, { expired: 0, damaged: 0, invalid: 0 });
    await next.close();
  }
});

inWorld('a_disk_of_a_newer_version_is_left_alone_and_another_tab_may_send_from_it', async (w) => {
  w.gate.mode = 'shut';
  const old = await w.visit();
  await until('it sends', async () => (await stats(old)).sending);
  await buy(old, 3);
  // What a newer version does when it comes: it asks for the database, and for the lock.
  const newer = await w.context.newPage();
  await newer.goto(`${w.site.origin}/test/elsewhere.html`);
  const name = databaseOf(w);
  const held = () => newer.evaluate((name) => new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 2);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const count = opening.result.transaction('events').objectStore('events').count();
      count.onsuccess = () => (opening.result.close(), resolve(count.result));
    };
  }), name);
  assert.equal(await held(), 3);
  await newer.evaluate((name) => navigator.locks.request(name, () => {}), name);
  w.gate.mode = 'open';
  assert.deepEqual(kept(await buy(old, 2)), ['memory']);
  assert.deepEqual((await old.evaluate(() => client.flush(20_000))).onDisk, 3);
  assert.equal(await w.collector.stored(), 2);
  assert.equal((await stats(old)).storage, 'failing');
  assert.equal(await held(), 3);
});

inWorld('the_first_events_of_a_page_are_new_and_those_of_an_earlier_one_are_recovered', async (w) => {
  w.gate.mode = 'shut';
  w.site.holdsWasm = true;
  const page = await w.visit();
  await page.evaluate(() => void buy(4));
  await until('they are on disk', async () => (await stats(page)).tracked === 4);
  w.site.holdsWasm = false;
  await until('it sends', async () => (await stats(page)).sending);
  assert.deepEqual([(await stats(page)).recovered, (await stats(page)).queued], [0, 4]);
  await page.close();
  w.site.holdsWasm = true;
  const next = await w.visit();
  await next.evaluate(() => void buy(3));
  await until('they are on disk', async () => (await stats(next)).tracked === 3);
  w.site.holdsWasm = false;
  w.gate.mode = 'open';
  await until('all are stored', async () => (await w.collector.stored()) === 7);
  await until('the disk is empty', async () => (await stats(next)).queued === 0);
  const { recovered, tracked, accepted } = await stats(next);
  assert.deepEqual({ recovered, tracked, accepted }, { recovered: 4, tracked: 3, accepted: 7 });
});

inWorld('a_wrong_key_a_wrong_origin_and_a_wrong_port_look_different', async (w) => {
  const page = await w.visit();
  const told = [];
  page.on('console', (message) => message.text().startsWith('crm: ') && told.push(message.text()));
  const failure = (settings) => page.evaluate(async (settings) => {
    const { createClient } = await import('/crm-sdk/browser.js');
    const crm = createClient({ ...settings, spoolName: 'wrong', batchAgeMs: 0, storage: 'memory' });
    await crm.customer({ customer_id: 'c-1' });
    // Twice: what is wrong is told once.
    await crm.flush(200);
    await crm.flush(1_500);
    await crm.shutdown(0);
    return crm.stats().failure;
  }, settings);
  const other = w.collector.browserKey('https://other.example');
  const wrong = `${w.settings.key.slice(0, -3)}000`;
  const failures = [
    await failure({ ...w.settings, key: wrong }),
    await failure({ ...w.settings, key: other }),
    await failure({ ...w.settings, endpoint: 'http://127.0.0.1:9' }),
  ];
  assert.match(failures[0], /^the key is refused \(status 401\): ./);
  assert.match(failures[1], /^the key is refused \(status 403\): .*origin/);
  assert.match(failures[2], /^the collector cannot be reached/);
  assert.deepEqual(told.map((text) => text.slice(5, 24)), failures.map((text) => text.slice(0, 19)));
  assert.match(told[0], /crm-collector key list/);
  assert.match(told[2], /Is there a collector at http:\/\/127.0.0.1:9\?/);
});

inWorld('the_host_decides_and_mistakes_are_named', async (w) => {
  const page = await w.visit();
  const seen = await page.evaluate(async (settings) => {
    const { createClient } = await import('/crm-sdk/browser.js');
    const thrown = (options) => {
      try {
        createClient(options);
      } catch (error) {
        return error.message;
      }
    };
    const picky = createClient({
      ...settings,
      spoolName: 'picky',
      beforeSend: (event) => {
        if (event.type === 'customer') return null;
        if (event.customer_id === 'c-2') throw new Error('no');
        return { ...event, text: undefined };
      },
    });
    const cycle = {};
    cycle.self = cycle;
    return {
      secret: thrown({ ...settings, key: 'crm_sk_00000000000000000000000000000000000000' }),
      nothing: thrown({}),
      typo: thrown({ ...settings, batchSize: 5 }),
      withheld: await picky.customer({ customer_id: 'c-1' }),
      failed: await picky.interaction({ customer_id: 'c-2', kind: 'visit' }),
      taken: (await picky.interaction({ customer_id: 'c-1', kind: 'note', text: 'secret' })).ok,
      invalid: await client.interaction({ customer_id: 'c-1', kind: 'vist' }),
      total: await client.purchase({ currency: 'EUR', total: '-1' }),
      cycle: (await client.customer({ customer_id: 'c-1', attributes: cycle })).reason,
      none: (await client.track(undefined)).reason,
      losses: picky.losses(),
      callbackErrors: picky.stats().callbackErrors,
      left: await picky.shutdown(20_000),
      after: (await picky.customer({ customer_id: 'c-1' })).reason,
    };
  }, w.settings);
  assert.match(seen.secret, /key: a secret key/);
  assert.match(seen.nothing, /endpoint: .*; key: /);
  assert.match(seen.typo, /batchSize: there is no such option/);
  assert.deepEqual(seen.withheld, { ok: false, reason: 'withheld' });
  assert.deepEqual(seen.failed, { ok: false, reason: 'withheld' });
  assert.equal(seen.taken, true);
  assert.equal(seen.invalid.error.code, 'invalid_field');
  assert.match(seen.invalid.error.message, /vist/);
  assert.deepEqual([seen.total.error.code, seen.total.error.field], ['out_of_range', 'total']);
  assert.deepEqual([seen.cycle, seen.none, seen.after], ['invalid', 'invalid', 'shut_down']);
  assert.deepEqual([seen.losses.withheld, seen.callbackErrors], [2, 1]);
  assert.deepEqual(seen.left, { events: 0, onDisk: 0 });
  const sent = w.gate.requests.flatMap(({ events }) => events);
  assert.deepEqual(sent.map(({ text, customer_id: id }) => [text, id]), [[undefined, 'c-1']]);
});

inWorld('the_example_page_sells_a_mug', async (w) => {
  const page = await w.context.newPage();
  await page.goto(`${w.site.origin}/index.html`);
  await page.fill('input[name=quantity]', '3');
  await page.click('button');
  await page.waitForFunction(() => document.querySelector('#told').textContent !== '');
  assert.equal(await page.textContent('#told'), 'Thank you. Kept: disk.');
  await until('it is stored', async () => (await w.collector.stored()) === 1);
  const types = w.gate.requests.flatMap(({ events }) => events.map(({ type }) => type));
  assert.deepEqual(types.sort(), ['interaction', 'purchase']);
});

inWorld('the_snippets_of_the_readme_run_in_a_page', async (w) => {
  const found = snippets('browser', w.settings);
  assert.equal(found.length, 4);
  for (const code of found) {
    const page = await w.context.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(error));
    await page.goto(`${w.site.origin}/test/elsewhere.html`);
    await page.setContent(`<script type="importmap">{ "imports": { "crm-sdk": "/crm-sdk/browser.js" } }</script>
      <script type="module">${code}; globalThis.done = true;</script>`);
    await page.waitForFunction(() => globalThis.done);
    assert.deepEqual(faults, []);
    // Whatever is left goes from the next one.
    await page.close();
  }
  await w.visit();
  await until('all orders are stored', async () => (await w.collector.stored()) === 3);
  await until('all seven are answered for', () => w.gate.answered === 7);
  const sent = w.gate.requests.flatMap(({ events }) => events);
  assert.equal(sent.find(({ name }) => name === 'Grace Hopper').phone, undefined);
});
