// Drives one pipeline: asks it what to do next, and does it. A client has one lane for what is in
// memory alone and, while its tab is the one that sends, one for what is on disk.

import { travelling } from './event.js';

const DONE = 0;
const LOAD = 1;
const SEND = 2;

/** @typedef {{ key?: number, id: string, type: string, fields: string, bytes: number, at: number,
 *              checked: boolean, tried?: boolean }} Held
 *  An event, taken at a time since 1970; one with a key lies on disk as well. `checked`: it breaks
 *  no rule; `tried`: it was sent in vain when it was too old already. */
/** @typedef {{ events: Held[], expired: number, damaged: number, invalid: number }} Loaded */

/**
 * What a lane needs of its client.
 * @typedef {{
 *   send(body: Uint8Array): Promise<import('./transport.js').Answer>,
 *   load(events: number, bytes: number): Promise<Loaded | undefined>,
 *   settled(events: Held[]): void,
 *   failed(events: Held[]): void,
 *   answered(failure: string | null, answer: import('./transport.js').Answer): void,
 *   verdict(json: string): void,
 *   progress(): void,
 *   broke(error: unknown): void,
 *   unref(timer: any): void,
 * }} Host
 */

/** Milliseconds since 1970 by a clock that never goes back. */
const STARTED = Date.now() - performance.now();
export const monotonic = () => STARTED + performance.now();

/** @param {Held[]} events */
const bytesOf = (events) => events.reduce((sum, event) => sum + event.bytes, 0);

export class Lane {
  /** Events that the pipeline holds, as they were given to it. @type {Held[]} */
  #window = [];
  /** Places in the window of the events that are on their way. @type {Set<number>} */
  #inFlight = new Set();
  #loading = false;
  #running = true;
  #paused = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #core;
  #host;
  /** Events taken, and events settled for good. */
  taken = 0;
  settled = 0;

  /** @param {any} core @param {Host} host */
  constructor(core, host) {
    this.#core = core;
    this.#host = host;
  }

  /** Events that are left, on disk and in the window. */
  get left() {
    return this.taken - this.settled;
  }

  /** Events on disk that are not in the window. */
  get backlog() {
    return this.left - this.#window.length;
  }

  /** Events in the window. */
  get window() {
    return [...this.#window];
  }

  /** Events in the window that no request carries. */
  get waiting() {
    return this.#window.filter((_, place) => !this.#inFlight.has(place));
  }

  /** Takes an event into memory; false when there is no room. @param {Held} event */
  offer(event) {
    if (!this.#core.offer(event.id, travelling(event), monotonic())) return false;
    this.#window.push(event);
    this.taken += 1;
    this.pump();
    return true;
  }

  /** Counts events that were just put on disk. @param {number} events */
  spooled(events) {
    this.taken += events;
    this.#core.spooled(events, monotonic());
    this.pump();
  }

  /** Whether events could come into the window now, next to those that are there, so many bytes
   *  in all. @param {Held[]} events @param {number} mostBytes */
  hasRoomFor(events, mostBytes) {
    const bytes = bytesOf(this.#window) + bytesOf(events);
    return !this.#loading && this.backlog === 0 && bytes <= mostBytes;
  }

  /** Counts events that were just put on disk and takes them into the window: they are the next
   *  there, and need not be read. @param {Held[]} events */
  spooledAtHand(events) {
    this.taken += events.length;
    this.#core.spooled(events.length, monotonic());
    this.#hand({ events, expired: 0, damaged: 0, invalid: 0 });
    this.pump();
  }

  /** Counts events that were found on disk. @param {number} events */
  recovered(events) {
    this.taken += events;
    this.#core.recovered(events, monotonic(), Math.random());
    this.pump();
  }

  /** Makes due at once what was taken; pauses are cut short until then. @param {number} until */
  flush(until) {
    this.#core.flush(until);
    this.pump();
  }

  /** Whether the collector has decided on the first so many events that were taken, but for those
   *  that are parked: they are tried for a day. @param {number} taken */
  isFlushed(taken) {
    if (!this.#running) return this.settled >= taken;
    return this.#core.is_flushed(taken);
  }

  /** Without a network no attempts are made; with it, at once. @param {boolean} paused */
  pause(paused) {
    this.#paused = paused;
    if (!paused) this.#core.retry_now();
    this.pump();
  }

  /** Ends the lane, whatever is left in it. */
  end() {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#core.free();
  }

  counts() {
    return {
      stats: JSON.parse(this.#core.stats(monotonic())),
      losses: JSON.parse(this.#core.losses()),
    };
  }

  /** Goes on with whatever is due. Never throws into whoever gave it something to do. */
  pump() {
    try {
      while (this.#running && !this.#paused && !this.#loading && this.#step());
    } catch (error) {
      this.#broke(error);
    }
  }

  /** Does one step; returns whether the next one follows at once. */
  #step() {
    clearTimeout(this.#timer);
    switch (this.#core.poll(monotonic())) {
      case DONE:
        return false;
      case LOAD:
        this.#load();
        return false;
      case SEND:
        this.#send();
        return true;
      default:
        this.#sleep(this.#core.wait_until());
        return false;
    }
  }

  /** @param {number | undefined} until */
  #sleep(until) {
    if (until === undefined) return;
    // Longer timers overflow, and would end at once.
    const delay = Math.min(Math.max(until - monotonic(), 0), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.pump(), Math.ceil(delay));
    this.#host.unref(this.#timer);
  }

  async #load() {
    this.#loading = true;
    try {
      const [events, bytes] = [this.#core.load_events(), this.#core.load_bytes()];
      const loaded = await this.#host.load(events, bytes);
      // Ended meanwhile, or nothing was found: then whoever looked for it has ended this lane.
      if (!this.#running || loaded === undefined) return;
      this.#hand(loaded);
    } catch (error) {
      this.#broke(error);
      return;
    } finally {
      this.#loading = false;
    }
    this.#host.progress();
    this.pump();
  }

  /** @param {Loaded} loaded */
  #hand({ events, expired, damaged, invalid }) {
    const now = monotonic();
    for (const event of events) {
      if (this.#core.arrive(event.id, travelling(event), Math.min(event.at, now))) {
        this.#window.push(event);
      } else {
        damaged += 1;
        this.#host.settled([event]);
      }
    }
    this.#core.loaded(expired, damaged, invalid);
    this.settled += expired + damaged + invalid;
  }

  async #send() {
    this.#inFlight = new Set(this.#core.batch_places());
    // Begun before anything is waited for: a page that is about to go has no later.
    const answer = await this.#host.send(this.#core.body(Date.now()));
    if (!this.#running) return;
    try {
      this.#settle(answer);
    } catch (error) {
      this.#broke(error);
      return;
    }
    this.pump();
  }

  /** @param {import('./transport.js').Answer} answer */
  #settle(answer) {
    const { status, retryAfter, date, body } = answer;
    const isFinal = this.#core.settle(
      status,
      retryAfter,
      date,
      body,
      Date.now(),
      monotonic(),
      Math.random(),
    );
    const inFlight = this.#inFlight;
    const events = this.#window.filter((_, place) => inFlight.has(place));
    this.#inFlight = new Set();
    // Before waiters are told: when a flush returns, the host has heard all it was for.
    const verdict = this.#core.verdict();
    if (verdict !== undefined) this.#host.verdict(verdict);
    this.#host.answered(this.counts().stats.failure, answer);
    if (isFinal) {
      this.#window = this.#window.filter((_, place) => !inFlight.has(place));
      this.settled += events.length;
      this.#host.settled(events);
    } else {
      this.#host.failed(events);
    }
    this.#host.progress();
  }

  /** @param {unknown} error */
  #broke(error) {
    if (!this.#running) return;
    this.#running = false;
    clearTimeout(this.#timer);
    this.#host.broke(error);
  }
}
