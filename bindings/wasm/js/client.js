// The client: takes events, keeps them on disk or in memory, and sends them by its lanes. Nothing
// here throws into the host once the client is made.

import { Counts } from './counts.js';
import { draft, refusal, travelling } from './event.js';
import { Lane, monotonic } from './lane.js';
import { readOptions } from './options.js';
import { Spool } from './spool.js';
import { Tabs } from './tabs.js';
import { ENVELOPE_BYTES, Transport, bodyOf } from './transport.js';

/** @typedef {import('./lane.js').Held} Held */
/** @typedef {import('./index.js').Tracked} Tracked */
/** @typedef {{ held: Held, resolve(tracked: Tracked): void }} Taken */

/** Pauses between attempts to load the WebAssembly, or to begin again after a fault. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Of the events in a page's memory that are on disk as well. */
const WINDOW_BYTES = 256 * 1024;

export class Client {
  #options;
  #platform;
  #transport;
  #counts = new Counts();
  /** @type {Spool | undefined} */
  #spool;
  /** @type {Tabs | undefined} */
  #tabs;
  /** The WebAssembly, once it is there. @type {import('./index.js').Code | undefined} */
  #code;
  /** Tells that it is there. @type {() => void} */
  #tellReady = () => {};
  #ready = new Promise((resolve) => (this.#tellReady = () => resolve(undefined)));
  /** Ends when it is there, or cannot be had for now. */
  #tried;
  /** What is in memory alone. @type {Lane | undefined} */
  #memory;
  /** What is on disk, in the tab that sends. @type {Lane | undefined} */
  #disk;
  /** Events for the memory lane, while there is none. @type {Taken[]} */
  #early = [];
  /** Events for the next transaction, and those of the one that runs. @type {Taken[]} */
  #pending = [];
  /** @type {Taken[]} */
  #writing = [];
  #written = Promise.resolve();
  /** Keys of this tab's events on disk that nobody has settled yet, rising. @type {number[]} */
  #mine = [];
  /** While the disk's lane begins: what was put on disk meanwhile.
   *  @type {{ last: number, events: number }[] | undefined} */
  #meanwhile;
  /** The last key that the disk's lane found when it began. */
  #found = 0;
  /** Grows with each beginning and end of the disk's lane: what began before is out of date. */
  #era = 0;
  /** Until when somebody waits for a flush. */
  #flushUntil = 0;
  #pauseMs = FIRST_PAUSE_MS;
  /** @type {Set<() => void>} */
  #waiters = new Set();
  #suspended = false;
  #closed = false;
  #online = globalThis.navigator?.onLine !== false;
  /** @type {() => void} */
  #unwatch;

  /** @param {unknown} options @param {import('./index.js').Platform} platform */
  constructor(options, platform) {
    this.#options = readOptions(options, platform);
    this.#platform = platform;
    this.#transport = new Transport(this.#options, platform);
    this.#tried = this.#loadCode(FIRST_PAUSE_MS);
    if (this.#options.storage === 'disk' && globalThis.indexedDB) {
      const name = `crm-sdk ${this.#options.url} ${this.#options.spoolName}`;
      this.#spool = new Spool(name, this.#options);
      this.#tabs = new Tabs(name, {
        granted: () => this.#beginSending(),
        message: (message) => this.#hear(message),
      });
      this.#tabs.start();
    }
    this.#unwatch = platform.watch({
      hide: () => this.#hide(),
      suspend: () => this.#suspend(),
      resume: () => this.#resume(),
      online: (online) => this.#goOnline(online),
      exit: () => (this.#left() > 0 ? this.flush() : undefined),
    });
  }

  /** @param {object} fields */
  customer(fields) {
    return this.track({ type: 'customer', ...fields });
  }

  /** @param {object} fields */
  purchase(fields) {
    return this.track({ type: 'purchase', ...fields });
  }

  /** @param {object} fields */
  interaction(fields) {
    return this.track({ type: 'interaction', ...fields });
  }

  /** @param {any} event @returns {Promise<Tracked>} */
  track(event) {
    try {
      return this.#track(event);
    } catch (error) {
      return Promise.resolve(this.#refuse('invalid', refusal(error)));
    }
  }

  async flush(timeoutMs = 5000) {
    const until = monotonic() + timeoutMs;
    // What was tracked before this call is in the chain of writes after one turn.
    await null;
    await Promise.race([Promise.all([this.#written, this.#tried]), this.#sleep(until)]);
    this.#flushLanes(until);
    this.#tabs?.tell({ flush: timeoutMs });
    const left = this.#leftOfNow();
    await this.#wait(() => left().events === 0, until);
    return left();
  }

  async shutdown(timeoutMs = 5000) {
    const isFirst = !this.#closed;
    this.#closed = true;
    const unsent = await this.flush(timeoutMs);
    if (!isFirst) return unsent;
    this.#unwatch();
    this.#tabs?.stop();
    this.#endDisk();
    this.#spool?.close();
    this.#counts.lose('unsent', this.#early.length + (this.#memory?.left ?? 0));
    this.#early = [];
    this.#counts.retire(this.#memory);
    this.#memory = undefined;
    return unsent;
  }

  stats() {
    const lanes = [this.#memory, this.#disk];
    return this.#counts.stats(lanes, {
      queued: this.#left(),
      storage: this.#spool === undefined ? 'memory' : this.#counts.diskFails ? 'failing' : 'disk',
      sending: this.#spool === undefined || this.#disk !== undefined,
      online: this.#online,
    });
  }

  losses() {
    return this.#counts.losses([this.#memory, this.#disk]);
  }

  // What the host gives.

  /** @param {any} event @returns {Promise<Tracked>} */
  #track(event) {
    if (this.#closed) return Promise.resolve(this.#refuse('shut_down'));
    const { beforeSend } = this.#options;
    const wanted = beforeSend === undefined ? event : this.#askHost(beforeSend, event);
    if (beforeSend !== undefined && !wanted) return Promise.resolve(this.#refuse('withheld'));
    const held = { ...draft(wanted), at: Date.now(), checked: this.#code !== undefined };
    if (held.checked) this.#check(held);
    const waiting = [...this.#pending, ...this.#writing, ...this.#early];
    const bytes = waiting.reduce((sum, taken) => sum + taken.held.bytes, held.bytes);
    if (bytes > this.#options.memoryBytes) return Promise.resolve(this.#refuse('queue_full'));
    return new Promise((resolve) => this.#take({ held, resolve }));
  }

  /** @param {Function} beforeSend @param {any} event */
  #askHost(beforeSend, event) {
    try {
      return beforeSend({ ...event });
    } catch (error) {
      // Nothing goes out that may be what the host wanted to keep in.
      this.#counts.callbackErrors += 1;
      console.error('crm: beforeSend failed, the event is withheld', error);
      return undefined;
    }
  }

  /** Throws what is wrong. @param {{ type: string, fields: string }} event */
  #check({ type, fields }) {
    this.#code?.check(type, fields, Date.now());
  }

  /** @param {keyof import('./index.js').Losses} reason
   *  @param {{ code: string, field: string, message: string }} [error]
   *  @returns {Tracked} */
  #refuse(reason, error) {
    this.#counts.lose(reason, 1);
    if (error !== undefined) {
      // Not its message, which may quote what the host gave.
      console.warn(`crm: an event is refused: ${error.code} ${error.field}`);
    }
    return error === undefined ? { ok: false, reason } : { ok: false, reason, error };
  }

  /** @param {Taken} taken */
  #take(taken) {
    if (this.#spool === undefined) {
      this.#keepInMemory(taken);
    } else {
      // All that this task tracks goes by one transaction.
      if (this.#pending.length === 0) {
        queueMicrotask(() => (this.#written = this.#written.then(() => this.#write())));
      }
      this.#pending.push(taken);
    }
    // Tracked while the page goes: there may be no later.
    if (this.#suspended) this.#sendLastWords([taken.held]);
  }

  /** @param {Taken} taken */
  #keepInMemory(taken) {
    this.#early.push(taken);
    if (this.#code !== undefined) this.#adoptEarly();
    // Where it cannot be checked for now, it is kept all the same.
    else this.#tried.then(() => taken.resolve({ ok: true, id: taken.held.id, kept: 'memory' }));
  }

  /** Puts what waited for it into the memory lane. */
  #adoptEarly() {
    const early = this.#early;
    this.#early = [];
    for (const { held, resolve } of early) resolve(this.#offer(held));
  }

  /** @param {Held} held @returns {Tracked} */
  #offer(held) {
    try {
      if (!held.checked) this.#check(held);
      held.checked = true;
    } catch (error) {
      return this.#refuse('invalid', refusal(error));
    }
    this.#memory ??= this.#lane({ settled: () => {}, broke: (error) => this.#memoryBroke(error) });
    if (!this.#memory.offer(held)) return this.#refuse('queue_full');
    this.#counts.tracked += 1;
    return { ok: true, id: held.id, kept: 'memory' };
  }

  // The disk.

  async #write() {
    const taken = (this.#writing = this.#pending);
    this.#pending = [];
    const events = taken.map(({ held }) => held);
    const result = await this.#spool?.write(events).catch(() => undefined);
    this.#writing = [];
    // Each transaction tries the disk again: it may have room by now.
    this.#counts.diskFails = result === undefined;
    if (result === undefined) {
      this.#counts.unspooled += taken.length;
      taken.forEach((one) => this.#keepInMemory(one));
    } else {
      this.#keptOnDisk(taken.slice(0, result.written), result.before);
      for (const { resolve } of taken.slice(result.written)) resolve(this.#refuse('queue_full'));
    }
    if (this.#suspended) this.#spool?.close();
    this.#progress();
  }

  /** @param {Taken[]} taken @param {number | undefined} before */
  #keptOnDisk(taken, before) {
    const events = taken.map(({ held }) => held);
    const last = events.at(-1)?.key;
    if (last === undefined) return;
    this.#counts.tracked += events.length;
    this.#mine.push(...events.map(({ key }) => key ?? last));
    const spooled = { last, events: events.length };
    this.#tabs?.tell({ spooled });
    this.#countSpooled(spooled, events, before);
    taken.forEach((one) => this.#resolveOnDisk(one));
  }

  /** @param {Taken} taken */
  async #resolveOnDisk({ held, resolve }) {
    const { id } = held;
    if (!held.checked) {
      await this.#tried;
      try {
        this.#check(held);
      } catch (error) {
        // The tab that reads it finds the same, and counts it.
        return resolve({ ok: false, reason: 'invalid', error: refusal(error) });
      }
    }
    resolve({ ok: true, id, kept: 'disk' });
  }

  /** Tells the disk's lane of events on disk; those of this very tab are at hand.
   *  @param {{ last: number, events: number }} spooled
   *  @param {Held[]} [held] @param {number} [before] */
  #countSpooled(spooled, held = [], before) {
    if (this.#meanwhile !== undefined) {
      this.#meanwhile.push(spooled);
      return;
    }
    const disk = this.#disk;
    if (disk === undefined || spooled.last <= this.#found) return;
    const atHand = held.length > 0 && held.every(({ checked }) => checked);
    if (atHand && disk.hasRoomFor(held, WINDOW_BYTES) && this.#spool?.skip(held, before)) {
      disk.spooledAtHand(held);
    } else {
      disk.spooled(spooled.events);
    }
  }

  /** This tab is the one that sends. */
  async #beginSending() {
    const era = ++this.#era;
    await this.#ready;
    if (era !== this.#era) return;
    this.#meanwhile = [];
    const found = await this.#spool?.begin().catch(() => undefined);
    if (era !== this.#era) return;
    const meanwhile = this.#meanwhile;
    this.#meanwhile = undefined;
    this.#counts.diskFails = found === undefined;
    if (found === undefined) return this.#later(() => era === this.#era && this.#beginSending());
    this.#found = found.last;
    this.#disk = this.#lane({
      settled: (events) => this.#settledOnDisk(events),
      broke: (error) => this.#diskBroke(error),
    });
    if (found.events > 0) this.#disk.recovered(found.events);
    meanwhile.forEach((spooled) => this.#countSpooled(spooled));
    if (monotonic() < this.#flushUntil) this.#disk?.flush(this.#flushUntil);
  }

  #endDisk() {
    this.#era += 1;
    this.#meanwhile = undefined;
    this.#counts.retire(this.#disk);
    this.#disk = undefined;
  }

  /** @param {number} events @param {number} bytes */
  async #load(events, bytes) {
    const era = this.#era;
    const loaded = await this.#spool?.read(events, bytes, (event) => this.#check(event));
    if (loaded === undefined && era === this.#era) {
      // They are gone: deleted by the visitor, or, without locks, settled by another tab.
      if (Tabs.haveLocks) this.#counts.lose('damaged', this.#disk?.backlog ?? 0);
      this.#endDisk();
      this.#beginSending();
    }
    return loaded;
  }

  /** @param {Held[]} events */
  #settledOnDisk(events) {
    this.#pauseMs = FIRST_PAUSE_MS;
    // What cannot be deleted is sent again at the next visit; the collector knows its id.
    this.#spool?.delete(events).catch(() => {});
    const settled = events.at(-1)?.key ?? 0;
    this.#tabs?.tell({ settled });
    this.#forget(settled);
  }

  /** Everything on disk up to a key is settled. @param {number} key */
  #forget(key) {
    this.#mine = this.#mine.filter((mine) => mine > key);
    this.#progress();
  }

  /** @param {import('./tabs.js').Message} message */
  #hear({ spooled, settled, flush }) {
    if (spooled !== undefined) this.#countSpooled(spooled);
    if (settled !== undefined) this.#forget(settled);
    if (flush !== undefined) this.#flushLanes(monotonic() + flush);
  }

  // Sending.

  /** @param {{ settled(events: Held[]): void, broke(error: unknown): void }} own */
  #lane(own) {
    const o = this.#options;
    const code = /** @type {import('./index.js').Code} */ (this.#code);
    const core = new code.Core(
      o.batchEvents,
      o.batchBytes,
      o.batchAgeMs,
      o.memoryEvents,
      o.memoryBytes,
      o.retryInitialMs,
      o.retryLongestMs,
      Math.random(),
    );
    const lane = new Lane(core, {
      send: (body) => this.#transport.send(body),
      load: (events, bytes) => this.#load(events, bytes),
      verdict: (json) => this.#tellVerdict(json),
      progress: () => this.#progress(),
      unref: (timer) => this.#platform.unref(timer),
      ...own,
    });
    lane.pause(!this.#online);
    return lane;
  }

  /** @param {string} json */
  #tellVerdict(json) {
    try {
      this.#options.onVerdict?.(JSON.parse(json));
    } catch (error) {
      this.#counts.callbackErrors += 1;
      console.error('crm: onVerdict failed', error);
    }
  }

  /** @param {unknown} error */
  #diskBroke(error) {
    this.#endDisk();
    const era = this.#era;
    this.#later(() => era === this.#era && this.#beginSending(), error);
  }

  /** @param {unknown} error */
  #memoryBroke(error) {
    const held = this.#memory?.window ?? [];
    this.#counts.retire(this.#memory);
    this.#counts.tracked -= held.length;
    this.#memory = undefined;
    this.#early.push(...held.map((one) => ({ held: one, resolve: () => {} })));
    this.#later(() => this.#adoptEarly(), error);
  }

  /** Begins something again, after pauses that grow until something was settled.
   *  @param {() => void} again @param {unknown} [error] */
  #later(again, error) {
    if (this.#pauseMs === FIRST_PAUSE_MS) {
      console.error('crm: sending was interrupted, it goes on', error ?? '');
    }
    this.#platform.unref(setTimeout(again, this.#pauseMs));
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  /** @param {number} pauseMs */
  async #loadCode(pauseMs) {
    try {
      this.#code = await this.#platform.loadCode();
    } catch (error) {
      if (pauseMs === FIRST_PAUSE_MS) {
        console.error('crm: the WebAssembly cannot be loaded; events are kept', error);
      }
      const again = () => this.#loadCode(Math.min(pauseMs * 2, LONGEST_PAUSE_MS));
      this.#platform.unref(setTimeout(again, pauseMs));
      return;
    }
    this.#tellReady();
    if (!this.#closed) this.#adoptEarly();
  }

  // The life of the page.

  /** The page is not looked at: on a phone, it may never be again. */
  #hide() {
    // Some browsers say so after the page has gone already.
    if (!this.#online || this.#suspended) return;
    // Due at once, and no pause is cut short: the page is hidden often.
    this.#flushLanes(monotonic());
    this.#tabs?.tell({ flush: 0 });
    if (this.#code === undefined) this.#sendLastWords();
  }

  #suspend() {
    if (this.#suspended) return;
    this.#suspended = true;
    this.#sendLastWords();
    this.#endDisk();
    this.#tabs?.stop();
    this.#spool?.close();
  }

  #resume() {
    if (!this.#suspended || this.#closed) return;
    this.#suspended = false;
    this.#tabs?.start();
    this.#memory?.pause(!this.#online);
  }

  /** @param {boolean} online */
  #goOnline(online) {
    this.#online = online;
    this.#memory?.pause(!online);
    this.#disk?.pause(!online);
  }

  /**
   * Sends what no request carries, as far as a browser takes it from a page that goes, and waits
   * for nothing. Whatever lies on disk stays there: it goes again if the page lives on, or at the
   * next visit, and the collector knows each event by its id.
   * @param {Held[]} [events]
   */
  #sendLastWords(events) {
    if (!this.#online) return;
    const waiting = [...this.#writing, ...this.#pending, ...this.#early].map(({ held }) => held);
    events ??= [...(this.#memory?.waiting ?? []), ...waiting, ...(this.#disk?.waiting ?? [])];
    let room = this.#transport.room - ENVELOPE_BYTES;
    const fitting = events.filter(({ bytes }) => {
      if (bytes + 1 > room) return false;
      room -= bytes + 1;
      return true;
    });
    if (fitting.length === 0) return;
    this.#transport.send(bodyOf(fitting.map(travelling)), { last: true });
  }

  // Waiting.

  /** @param {number} until */
  #flushLanes(until) {
    this.#flushUntil = Math.max(this.#flushUntil, until);
    this.#memory?.flush(until);
    this.#disk?.flush(until);
  }

  #left() {
    const onTheirWay = this.#pending.length + this.#writing.length + this.#early.length;
    return onTheirWay + (this.#memory?.left ?? 0) + (this.#disk?.left ?? this.#mine.length);
  }

  /** What is left of all that is there now, to be asked later. */
  #leftOfNow() {
    const [memory, disk] = [this.#memory, this.#disk];
    const [memoryTaken, diskTaken] = [memory?.taken ?? 0, disk?.taken ?? 0];
    const lastMine = this.#mine.at(-1) ?? 0;
    const leftOf = (/** @type {Lane | undefined} */ lane, /** @type {number} */ taken) =>
      Math.max(0, taken - (lane?.settled ?? taken));
    return () => {
      // Only the tab that sends knows of more than its own.
      const onDisk =
        disk !== undefined && disk === this.#disk
          ? leftOf(disk, diskTaken)
          : this.#mine.filter((key) => key <= lastMine).length;
      return { events: leftOf(memory, memoryTaken) + this.#early.length + onDisk, onDisk };
    };
  }

  #progress() {
    this.#waiters.forEach((look) => look());
  }

  /** Waits until something holds, or a time. @param {() => boolean} holds @param {number} until */
  #wait(holds, until) {
    return new Promise((resolve) => {
      const end = () => {
        this.#waiters.delete(look);
        clearTimeout(timer);
        resolve(undefined);
      };
      const look = () => holds() && end();
      const timer = setTimeout(end, Math.max(until - monotonic(), 0));
      this.#waiters.add(look);
      look();
    });
  }

  /** @param {number} until */
  #sleep(until) {
    return this.#wait(() => false, until);
  }
}
