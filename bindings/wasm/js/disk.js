// The disk's side of a client: every tab writes to it, and the one that holds the lock sends what
// is there by a lane of its own.

import { refusal } from './event.js';
import { monotonic } from './lane.js';
import { Spool, isOfNewerVersion } from './spool.js';
import { Tabs } from './tabs.js';
import { Own, Waiting } from './waiting.js';

/** @typedef {import('./lane.js').Held} Held */
/** @typedef {import('./lane.js').Lane} Lane */
/** @typedef {import('./index.js').Tracked} Tracked */
/** @typedef {import('./waiting.js').Taken} Taken */

/** Of the events in a page's memory that are on disk as well. */
const WINDOW_BYTES = 256 * 1024;

/**
 * What the disk needs of its client.
 * @typedef {{
 *   ready: Promise<unknown>,
 *   tried(): Promise<unknown>,
 *   check(event: { type: string, fields: string }): void,
 *   lane(own: Pick<import('./lane.js').Host, 'settled' | 'failed' | 'load' | 'broke'>): Lane,
 *   keepInMemory(taken: Taken): void,
 *   refuse(reason: 'queue_full'): Tracked,
 *   later(again: () => void, error?: unknown): void,
 *   calm(): void,
 *   expired(events: number): void,
 *   progress(): void,
 * }} Host
 */

export class Disk {
  #host;
  #counts;
  #spool;
  #tabs;
  /** What is on disk, in the tab that sends. @type {Lane | undefined} */
  lane;
  /** Events for the next transaction, and those of the one that runs. */
  #pending = new Waiting();
  #writing = new Waiting();
  /** Ends when all that was taken is written. */
  written = Promise.resolve();
  #own = new Own();
  /** While the lane begins: what was put on disk meanwhile.
   *  @type {{ last: number, events: number }[] | undefined} */
  #meanwhile;
  /** The last key that the lane found when it began. */
  #found = 0;
  /** Grows with each beginning and end of the lane: what began before is out of date. */
  #era = 0;
  /** Until when somebody waits for a flush. */
  #flushUntil = 0;
  #suspended = false;

  /**
   * @param {any} options @param {import('./counts.js').Counts} counts @param {Host} host
   */
  constructor(options, counts, host) {
    const name = `crm-sdk ${options.url} ${options.spoolName}`;
    this.#host = host;
    this.#counts = counts;
    this.#spool = new Spool(name, options, () => this.#yield());
    this.#tabs = new Tabs(name, {
      granted: () => this.#begin(),
      message: (message) => this.#hear(message),
    });
    this.#tabs.start();
  }

  /** Bytes of events that wait to be written. */
  get waitingBytes() {
    return this.#pending.bytes + this.#writing.bytes;
  }

  /** Events that wait to be written. */
  get waiting() {
    return [...this.#writing.events, ...this.#pending.events];
  }

  /** Events that nobody has settled, of all tabs in the one that sends. */
  get left() {
    const waiting = this.#writing.events.length + this.#pending.events.length;
    return waiting + (this.lane?.left ?? this.#own.size);
  }

  /** Counts from now on what is left on disk of what is there now; `end` forgets the count. */
  mark() {
    const { lane } = this;
    const taken = lane?.taken ?? 0;
    const own = this.#own.mark();
    // Only the tab that sends knows of more than its own, and of what is parked.
    const sender = () => (lane === this.lane ? lane : undefined);
    const left = () => {
      const sends = sender();
      return sends === undefined ? own.left() : Math.max(0, taken - sends.settled);
    };
    const isFlushed = () => sender()?.isFlushed(taken) ?? own.left() === 0;
    return { left, isFlushed, end: own.end };
  }

  /** Keeps an event; all that this task tracks goes by one transaction. @param {Taken} taken */
  take(taken) {
    if (this.#pending.events.length === 0) {
      queueMicrotask(() => (this.written = this.written.then(() => this.#write())));
    }
    this.#pending.push(taken);
  }

  /** @param {number} until */
  flush(until) {
    this.#flushUntil = Math.max(this.#flushUntil, until);
    this.lane?.flush(until);
    this.#tabs.tell({ flush: Math.max(0, until - monotonic()) });
  }

  /** Lets another tab send: this one may be gone the next moment. */
  suspend() {
    this.#suspended = true;
    this.end();
  }

  resume() {
    this.#suspended = false;
    this.#tabs.start();
  }

  /** Leaves what is there to other tabs and later visits. */
  end() {
    this.#endLane();
    this.#tabs.stop();
    this.#spool.close();
  }

  // Writing.

  async #write() {
    this.#writing = this.#pending;
    this.#pending = new Waiting();
    const events = this.#writing.events.map(({ held }) => held);
    const result = await this.#spool.write(events).catch(() => undefined);
    const taken = this.#writing.take();
    // Each transaction tries the disk again: it may have room by now.
    this.#counts.diskFails = result === undefined;
    if (result === undefined) {
      this.#counts.unspooled += taken.length;
      taken.forEach((one) => this.#host.keepInMemory(one));
    } else {
      this.#kept(taken.slice(0, result.written), result.before);
      for (const { resolve } of taken.slice(result.written)) resolve(this.#host.refuse('queue_full'));
    }
    if (this.#suspended) this.#spool.close();
    this.#host.progress();
  }

  /** @param {Taken[]} taken @param {number | undefined} before */
  #kept(taken, before) {
    const events = taken.map(({ held }) => held);
    const last = events.at(-1)?.key;
    if (last === undefined) return;
    this.#counts.tracked += events.length;
    for (const { key } of events) this.#own.add(key ?? last);
    const spooled = { last, events: events.length };
    this.#tabs.tell({ spooled });
    this.#count(spooled, events, before);
    taken.forEach((one) => this.#resolve(one));
  }

  /** @param {Taken} taken */
  async #resolve({ held, resolve }) {
    const { id } = held;
    if (!held.checked) {
      await this.#host.tried();
      try {
        this.#host.check(held);
      } catch (error) {
        // The tab that reads it finds the same, and counts it.
        return resolve({ ok: false, reason: 'invalid', error: refusal(error) });
      }
    }
    resolve({ ok: true, id, kept: 'disk' });
  }

  // Sending.

  /** This tab is the one that sends. */
  async #begin() {
    const era = ++this.#era;
    await this.#host.ready;
    if (era !== this.#era) return;
    this.#meanwhile = [];
    const found = await this.#spool.begin().catch((error) => this.#cannotBegin(error));
    if (era !== this.#era) return;
    const meanwhile = this.#meanwhile;
    this.#meanwhile = undefined;
    this.#counts.diskFails = found === undefined;
    if (found === undefined) return;
    this.#found = found.last;
    this.lane = this.#host.lane({
      load: (events, bytes) => this.#load(events, bytes),
      settled: (events) => this.#settled(events),
      failed: (events) => this.#failed(events),
      broke: (error) => this.#yield(error),
    });
    // What this very tab has tracked by now is new.
    const own = this.#own.upTo(found.last);
    if (found.events > own) this.lane.recovered(found.events - own);
    if (own > 0) this.lane.spooled(own);
    meanwhile.forEach((spooled) => this.#count(spooled));
    if (monotonic() < this.#flushUntil) this.lane?.flush(this.#flushUntil);
  }

  /** Lets others try: a tab that cannot read what is there must not keep them from sending it.
   *  @param {unknown} error */
  #cannotBegin(error) {
    this.#tabs.stop();
    // A newer version of this package in another tab has made the disk its own; it sends.
    if (!isOfNewerVersion(error)) this.#again(error);
    return undefined;
  }

  /** Asks to be the tab that sends once more, later. @param {unknown} [error] */
  #again(error) {
    const era = this.#era;
    this.#host.later(() => era === this.#era && this.#tabs.start(), error);
  }

  #endLane() {
    this.#era += 1;
    this.#meanwhile = undefined;
    this.#counts.retire(this.lane);
    this.lane = undefined;
  }

  /** Tells the lane of events on disk; those of this very tab are at hand.
   *  @param {{ last: number, events: number }} spooled
   *  @param {Held[]} [held] @param {number} [before] */
  #count(spooled, held = [], before) {
    if (this.#meanwhile !== undefined) {
      this.#meanwhile.push(spooled);
      return;
    }
    const { lane } = this;
    if (lane === undefined || spooled.last <= this.#found) return;
    const atHand = held.length > 0 && held.every(({ checked }) => checked);
    if (atHand && lane.hasRoomFor(held, WINDOW_BYTES) && this.#spool.skip(held, before)) {
      lane.spooledAtHand(held);
    } else {
      lane.spooled(spooled.events);
    }
  }

  /** @param {number} events @param {number} bytes */
  async #load(events, bytes) {
    const era = this.#era;
    const loaded = await this.#spool.read(events, bytes, (event) => this.#host.check(event));
    if (loaded === undefined && era === this.#era) {
      // They are gone: deleted by the visitor, or, without locks, settled by another tab.
      if (Tabs.haveLocks) this.#counts.lose('damaged', this.lane?.backlog ?? 0);
      this.#endLane();
      this.#begin();
    }
    if (loaded !== undefined && loaded.expired > 0) this.#host.expired(loaded.expired);
    return loaded;
  }

  /** @param {Held[]} events */
  #settled(events) {
    this.#host.calm();
    // What cannot be deleted is sent again at the next visit; the collector knows its id.
    this.#spool.delete(events).catch(() => {});
    const settled = events.flatMap(({ key }) => key ?? []);
    this.#tabs.tell({ settled });
    this.#forget(settled);
  }

  /** @param {Held[]} events */
  #failed(events) {
    // What cannot be marked is tried once more at the next visit.
    this.#spool.markTried(events).catch(() => {});
  }

  /** Lets other tabs send, and asks again later. @param {unknown} [error] */
  #yield(error) {
    this.#endLane();
    this.#tabs.stop();
    this.#again(error);
  }

  /** @param {number[]} settled */
  #forget(settled) {
    this.#own.settle(settled);
    this.#host.progress();
  }

  /** @param {import('./tabs.js').Message} message */
  #hear({ spooled, settled, flush }) {
    if (spooled !== undefined) this.#count(spooled);
    if (settled !== undefined) this.#forget(settled);
    if (flush !== undefined) {
      this.#flushUntil = Math.max(this.#flushUntil, monotonic() + flush);
      this.lane?.flush(this.#flushUntil);
    }
  }
}
