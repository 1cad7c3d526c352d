// The client: takes events, keeps them on disk or in memory, and sends them by its lanes. Nothing
// here throws into the host once the client is made.

import { Counts } from './counts.js';
import { Disk } from './disk.js';
import { draft, fieldsOf, refusal, travelling } from './event.js';
import { Lane, monotonic } from './lane.js';
import { Notices, explain } from './notices.js';
import { readOptions } from './options.js';
import { ENVELOPE_BYTES, Transport, bodyOf } from './transport.js';
import { Waiting } from './waiting.js';

/** @typedef {import('./lane.js').Held} Held */
/** @typedef {import('./index.js').Tracked} Tracked */
/** @typedef {import('./waiting.js').Taken} Taken */

/** Pauses between attempts to load the WebAssembly, or to begin again after a fault. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Longer timers overflow, and would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Client {
  #options;
  #platform;
  #transport;
  #notices;
  #counts = new Counts();
  /** @type {Disk | undefined} */
  #disk;
  /** The WebAssembly, once it is there. @type {import('./index.js').Code | undefined} */
  #code;
  /** Tells that it is there. @type {() => void} */
  #tellReady = () => {};
  #ready = new Promise((resolve) => (this.#tellReady = () => resolve(undefined)));
  /** Ends when it is there, or cannot be had for now. */
  #tried;
  /** What is in memory alone. @type {Lane | undefined} */
  #memory;
  /** Events for the memory lane, while there is none. */
  #early = new Waiting();
  #pauseMs = FIRST_PAUSE_MS;
  /** @type {Set<() => void>} */
  #waiters = new Set();
  #suspended = false;
  /** The process was about to end: no request is made until somebody wants one. */
  #resting = false;
  #closed = false;
  #online = globalThis.navigator?.onLine !== false;
  /** @type {() => void} */
  #unwatch;

  /** @param {unknown} options @param {import('./index.js').Platform} platform */
  constructor(options, platform) {
    this.#options = readOptions(options, platform);
    this.#platform = platform;
    this.#notices = new Notices(this.#options.endpoint);
    this.#transport = new Transport(this.#options, platform);
    this.#tried = this.#loadCode(FIRST_PAUSE_MS);
    if (this.#options.storage === 'disk' && globalThis.indexedDB) {
      this.#disk = new Disk(this.#options, this.#counts, {
        ready: this.#ready,
        tried: () => this.#tried,
        check: (event) => this.#check(event),
        lane: (own) => this.#lane(own),
        keepInMemory: (taken) => this.#keepInMemory(taken),
        refuse: (reason) => this.#refuse(reason),
        later: (again, error) => this.#later(again, error),
        calm: () => (this.#pauseMs = FIRST_PAUSE_MS),
        expired: (events) => this.#notices.expired(events),
        progress: () => this.#progress(),
      });
    }
    this.#unwatch = platform.watch({
      hide: () => this.#hide(),
      suspend: () => this.#suspend(),
      resume: () => this.#resume(),
      online: (online) => this.#goOnline(online),
      exit: () => this.#exit(),
    });
  }

  /** @param {object} fields */
  customer(fields) {
    return this.#tell(fields, { type: 'customer' });
  }

  /** @param {object} fields */
  purchase(fields) {
    return this.#tell(fields, { type: 'purchase' });
  }

  /** @param {object} fields */
  cancel(fields) {
    return this.#tell(fields, { type: 'purchase' }, { state: 'cancelled', replace: true });
  }

  /** @param {object} fields */
  void(fields) {
    return this.#tell(fields, { type: 'purchase' }, { void: true, replace: true });
  }

  /** @param {object} fields */
  interaction(fields) {
    return this.#tell(fields, { type: 'interaction' });
  }

  /** @param {any} event @returns {Promise<Tracked>} */
  track(event) {
    return this.#tell(event);
  }

  async flush(timeoutMs = 5000) {
    const until = monotonic() + timeoutMs;
    // What was tracked before this call is in the chain of writes after one turn.
    await null;
    let isKept = false;
    Promise.all([this.#disk?.written, this.#tried]).then(() => {
      isKept = true;
      this.#progress();
    });
    await this.#wait(() => isKept, until);
    this.#wake();
    this.#memory?.flush(until);
    this.#disk?.flush(until);
    const { left, isFlushed, end } = this.#mark();
    await this.#wait(isFlushed, until);
    end();
    return left();
  }

  async shutdown(timeoutMs = 5000) {
    const isFirst = !this.#closed;
    this.#closed = true;
    const unsent = await this.flush(timeoutMs);
    if (!isFirst) return unsent;
    this.#unwatch();
    // Nothing holds the process any more, and why there was no answer is known.
    await this.#rest();
    this.#disk?.end();
    this.#counts.lose('unsent', this.#early.take().length + (this.#memory?.left ?? 0));
    this.#counts.retire(this.#memory);
    this.#memory = undefined;
    return unsent;
  }

  stats() {
    const disk = this.#disk;
    return this.#counts.stats([this.#memory, disk?.lane], {
      queued: this.#left(),
      storage: disk === undefined ? 'memory' : this.#counts.diskFails ? 'failing' : 'disk',
      sending: disk === undefined || disk.lane !== undefined,
      online: this.#online,
    });
  }

  losses() {
    return this.#counts.losses([this.#memory, this.#disk?.lane]);
  }

  // What the host gives.

  /** Takes an event of what the host gave, between what a call says first and what it says for certain.
   *  @param {any} fields @param {object} [first] @param {object} [last] @returns {Promise<Tracked>} */
  #tell(fields, first = {}, last = {}) {
    try {
      return this.#track({ ...first, ...fieldsOf(fields), ...last });
    } catch (error) {
      return Promise.resolve(this.#refuse('invalid', refusal(error)));
    }
  }

  /** @param {any} event @returns {Promise<Tracked>} */
  #track(event) {
    if (this.#closed) return Promise.resolve(this.#refuse('shut_down'));
    const { beforeSend } = this.#options;
    const wanted = beforeSend === undefined ? event : this.#askHost(beforeSend, event);
    if (beforeSend !== undefined && !wanted) return Promise.resolve(this.#refuse('withheld'));
    const held = { ...draft(fieldsOf(wanted)), at: Date.now(), checked: this.#code !== undefined };
    if (held.checked) this.#check(held);
    const bytes = held.bytes + this.#early.bytes + (this.#disk?.waitingBytes ?? 0);
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
    if (this.#disk === undefined) this.#keepInMemory(taken);
    else this.#disk.take(taken);
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
    for (const { held, resolve } of this.#early.take()) resolve(this.#offer(held));
  }

  /** @param {Held} held @returns {Tracked} */
  #offer(held) {
    try {
      if (!held.checked) this.#check(held);
      held.checked = true;
    } catch (error) {
      return this.#refuse('invalid', refusal(error));
    }
    this.#memory ??= this.#lane({
      load: async () => undefined,
      settled: () => (this.#pauseMs = FIRST_PAUSE_MS),
      failed: () => {},
      broke: (error) => this.#memoryBroke(error),
    });
    if (!this.#memory.offer(held)) return this.#refuse('queue_full');
    this.#counts.tracked += 1;
    this.#wake();
    return { ok: true, id: held.id, kept: 'memory' };
  }

  // Sending.

  /** @param {Pick<import('./lane.js').Host, 'settled' | 'failed' | 'load' | 'broke'>} own */
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
      answered: (failure, answer) => this.#answered(failure, answer),
      verdict: (json) => this.#tellVerdict(json),
      progress: () => this.#progress(),
      unref: (timer) => this.#platform.unref(timer),
      ...own,
    });
    lane.pause(!this.#online);
    return lane;
  }

  /** @param {string | null} failure @param {import('./transport.js').Answer} answer */
  #answered(failure, answer) {
    this.#counts.failure = failure === null ? null : explain(failure, answer);
    if (failure !== null) this.#notices.failing(failure, answer);
  }

  /** @param {string} json */
  #tellVerdict(json) {
    const { onVerdict } = this.#options;
    try {
      const verdict = { updated: 0, superseded: 0, warnings: [], ...JSON.parse(json) };
      if (onVerdict === undefined) this.#notices.verdict(verdict);
      else onVerdict(verdict);
    } catch (error) {
      this.#counts.callbackErrors += 1;
      console.error('crm: onVerdict failed', error);
    }
  }

  /** @param {unknown} error */
  #memoryBroke(error) {
    const held = this.#memory?.window ?? [];
    this.#counts.retire(this.#memory);
    this.#counts.tracked -= held.length;
    this.#memory = undefined;
    for (const one of held) this.#early.push({ held: one, resolve: () => {} });
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
      this.#code = await this.#platform.loadCode(this.#options.wasmUrl);
    } catch (error) {
      if (pauseMs === FIRST_PAUSE_MS) {
        const help = "Say where core_bg.wasm lies by wasmUrl, or import from 'crm-sdk/inline'";
        console.error(`crm: the WebAssembly cannot be loaded; events are kept. ${help}:`, error);
      }
      const again = () => this.#loadCode(Math.min(pauseMs * 2, LONGEST_PAUSE_MS));
      this.#platform.unref(setTimeout(again, pauseMs));
      return;
    }
    this.#tellReady();
    this.#adoptEarly();
  }

  // The life of the page.

  /** The page is not looked at: on a phone, it may never be again. */
  #hide() {
    // Some browsers say so after the page has gone already.
    if (!this.#online || this.#suspended) return;
    // Due at once, and no pause is cut short: the page is hidden often.
    this.#memory?.flush(monotonic());
    this.#disk?.flush(monotonic());
    if (this.#code === undefined) this.#sendLastWords();
  }

  #suspend() {
    if (this.#suspended) return;
    this.#suspended = true;
    this.#sendLastWords();
    this.#disk?.suspend();
  }

  #resume() {
    if (!this.#suspended || this.#closed) return;
    this.#suspended = false;
    this.#disk?.resume();
    this.#memory?.pause(!this.#online);
  }

  /** The process has nothing left to do: what is there is sent, and a collector that is silent
   *  does not hold the process for longer than that. */
  async #exit() {
    if (this.#left() === 0) return;
    await this.flush();
    await this.#rest();
  }

  /** Ends what is on its way, and makes no request until somebody wants one. */
  async #rest() {
    this.#resting = true;
    this.#pauseLanes();
    await this.#transport.cut();
  }

  #wake() {
    if (!this.#resting) return;
    this.#resting = false;
    this.#pauseLanes();
  }

  #pauseLanes() {
    const paused = this.#resting || !this.#online;
    this.#memory?.pause(paused);
    this.#disk?.lane?.pause(paused);
  }

  /** @param {boolean} online */
  #goOnline(online) {
    this.#online = online;
    this.#pauseLanes();
  }

  /**
   * Sends what no request carries, as far as a browser takes it from a page that goes, and waits
   * for nothing. Whatever lies on disk stays there: it goes again if the page lives on, or at the
   * next visit, and the collector knows each event by its id.
   * @param {Held[]} [events]
   */
  #sendLastWords(events) {
    if (!this.#online) return;
    const waiting = [...(this.#disk?.waiting ?? []), ...this.#early.events].map(({ held }) => held);
    events ??= [...(this.#memory?.waiting ?? []), ...waiting, ...(this.#disk?.lane?.waiting ?? [])];
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

  #left() {
    return this.#early.events.length + (this.#memory?.left ?? 0) + (this.#disk?.left ?? 0);
  }

  /** What is left of all that is there now, to be asked later. */
  #mark() {
    const memory = this.#memory;
    const taken = memory?.taken ?? 0;
    const disk = this.#disk?.mark();
    const left = () => {
      const inMemory = Math.max(0, taken - (memory?.settled ?? taken)) + this.#early.events.length;
      const onDisk = disk?.left() ?? 0;
      return { events: inMemory + onDisk, onDisk };
    };
    const isFlushed = () =>
      this.#early.events.length === 0 &&
      (memory?.isFlushed(taken) ?? true) &&
      (disk?.isFlushed() ?? true);
    return { left, isFlushed, end: () => disk?.end() };
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
      const delay = Math.max(until - monotonic(), 0);
      const timer = setTimeout(end, Math.min(delay, LONGEST_TIMER_MS));
      this.#waiters.add(look);
      look();
    });
  }
}
