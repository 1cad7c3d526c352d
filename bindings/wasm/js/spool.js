// Events on disk: an IndexedDB that all tabs of an origin share. Events are written by one
// transaction for all that a task of the page tracked, read in the order of their keys, and
// deleted when the collector has decided on them.

/** @typedef {import('./lane.js').Held} Held */
/** @typedef {import('./lane.js').Loaded} Loaded */
/** @typedef {(event: { type: string, fields: string }) => void} Check  Throws what is wrong. */

const VERSION = 1;
const EVENTS = 'events';
/** Bytes of all events, written in the same transactions, so that nobody has to add them up. */
const SIZE = 'size';
/** There are browsers whose databases sometimes neither open nor fail. */
const OPEN_TIMEOUT_MS = 5000;

/** A request or a transaction as a promise. @param {any} request @returns {Promise<any>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = request.oncomplete = () => resolve(request.result);
    request.onerror = request.onabort = () => reject(request.error ?? new Error('aborted'));
  });

export class Spool {
  #name;
  #options;
  /** @type {Promise<IDBDatabase> | undefined} */
  #opening;
  /** Key of the last event that was handed to the pipeline. */
  #read = 0;
  /** How often it was begun: what was begun before reads in vain. */
  #begun = 0;

  /** @param {string} name
   *  @param {{ diskBytes: number, diskAgeMs: number, durability: 'relaxed' | 'strict' }} options */
  constructor(name, options) {
    this.#name = name;
    this.#options = options;
  }

  /** Closes the database when what is being written is written; it opens again by itself. A page
   *  that keeps it open may not be kept in the back-forward cache. */
  close() {
    this.#opening?.then(
      (database) => database.close(),
      () => {},
    );
    this.#opening = undefined;
  }

  #open() {
    this.#opening ??= this.#openNow().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #openNow() {
    const request = indexedDB.open(this.#name, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(EVENTS, { autoIncrement: true });
      request.result.createObjectStore(SIZE);
    };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const tooLong = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('IndexedDB does not open')), OPEN_TIMEOUT_MS);
    });
    try {
      /** @type {IDBDatabase} */
      const database = await Promise.race([done(request), tooLong]);
      // Another version of this package in another tab wants it for itself.
      database.onversionchange = () => this.close();
      // The visitor cleared the site's data.
      database.onclose = () => (this.#opening = undefined);
      return database;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {IDBTransactionMode} mode */
  async #transaction(mode) {
    const { durability } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const database = await this.#open();
      try {
        return database.transaction([EVENTS, SIZE], mode, { durability });
      } catch (error) {
        // It was closed a moment ago.
        this.#opening = undefined;
        if (attempt === 2) throw error;
      }
    }
  }

  /**
   * Writes events, as far as there is room, and gives those their keys. Returns how many, and the
   * key of the event before them, if there is one.
   * @param {Held[]} events
   */
  async write(events) {
    const transaction = await this.#transaction('readwrite');
    const store = transaction.objectStore(EVENTS);
    const sizes = transaction.objectStore(SIZE);
    let written = 0;
    /** @type {number | undefined} */
    let before;
    const size = sizes.get(SIZE);
    const last = store.openKeyCursor(null, 'prev');
    last.onsuccess = () => {
      before = /** @type {number | undefined} */ (last.result?.key);
      let bytes = size.result ?? 0;
      for (const event of events) {
        if (bytes + event.bytes > this.#options.diskBytes) break;
        bytes += event.bytes;
        written += 1;
        const request = store.add(event);
        request.onsuccess = () => (event.key = /** @type {number} */ (request.result));
      }
      sizes.put(bytes, SIZE);
      // From here on it needs this page no more.
      transaction.commit?.();
    };
    try {
      await done(transaction);
    } catch (error) {
      for (const event of events) delete event.key;
      throw error;
    }
    return { written, before };
  }

  /** Reads from the beginning again. Returns how many events there are, and the last one's key. */
  async begin() {
    this.#begun += 1;
    const transaction = await this.#transaction('readonly');
    const store = transaction.objectStore(EVENTS);
    const [events, last] = await Promise.all([
      done(store.count()),
      done(store.openKeyCursor(null, 'prev')),
    ]);
    this.#read = 0;
    return { events: /** @type {number} */ (events), last: /** @type {number} */ (last?.key ?? 0) };
  }

  /** Passes over events that were just written, if they are the next to be read.
   *  @param {Held[]} events @param {number | undefined} before */
  skip(events, before) {
    if (before !== undefined && before > this.#read) return false;
    this.#read = Math.max(this.#read, events.at(-1)?.key ?? 0);
    return true;
  }

  /**
   * Reads the next events: so many and of so many bytes at most, but one at least. Those that are
   * too old, unreadable, or break a rule are deleted and counted. Undefined when there are none.
   * @param {number} mostEvents @param {number} mostBytes @param {Check} check
   * @returns {Promise<Loaded | undefined>}
   */
  async read(mostEvents, mostBytes, check) {
    const begun = this.#begun;
    const transaction = await this.#transaction('readonly');
    const range = IDBKeyRange.lowerBound(this.#read, true);
    const request = transaction.objectStore(EVENTS).openCursor(range);
    const oldest = Date.now() - this.#options.diskAgeMs;
    /** @type {Loaded} */
    const loaded = { events: [], expired: 0, damaged: 0, invalid: 0 };
    /** @type {Held[]} */
    const dropped = [];
    let [count, bytes, last] = [0, 0, this.#read];
    await new Promise((resolve, reject) => {
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor || count === mostEvents) return resolve(undefined);
        const event = { ...cursor.value, key: /** @type {number} */ (cursor.key) };
        const fault = faultOf(event, oldest, check);
        if (fault === undefined) {
          if (loaded.events.length > 0 && bytes + event.bytes > mostBytes) return resolve(undefined);
          bytes += event.bytes;
          loaded.events.push(event);
        } else {
          loaded[fault] += 1;
          dropped.push(event);
        }
        last = event.key;
        count += 1;
        cursor.continue();
      };
    });
    if (count === 0 || begun !== this.#begun) return undefined;
    this.#read = last;
    for (const event of dropped) await this.delete([event]);
    return loaded;
  }

  /** Deletes events that follow upon each other. @param {Held[]} events */
  async delete(events) {
    const [first, last] = [events[0]?.key, events.at(-1)?.key];
    if (first === undefined || last === undefined) return;
    const transaction = await this.#transaction('readwrite');
    const store = transaction.objectStore(EVENTS);
    const sizes = transaction.objectStore(SIZE);
    const range = IDBKeyRange.bound(first, last);
    const present = store.count(range);
    const size = sizes.get(SIZE);
    store.delete(range);
    const left = store.count();
    left.onsuccess = () => {
      // Where there are no locks, another tab may have deleted them.
      const deleted = present.result > 0 ? events : [];
      const bytes = deleted.reduce((sum, event) => sum + (Number(event.bytes) || 0), 0);
      sizes.put(left.result === 0 ? 0 : Math.max((size.result ?? 0) - bytes, 0), SIZE);
      transaction.commit?.();
    };
    await done(transaction);
  }
}

/**
 * @param {Held} event @param {number} oldest @param {Check} check
 * @returns {'expired' | 'damaged' | 'invalid' | undefined}
 */
function faultOf(event, oldest, check) {
  const { id, type, fields, at, bytes, checked } = event;
  const isText = (/** @type {unknown} */ value) => typeof value === 'string';
  if (![id, type, fields].every(isText) || ![at, bytes].every(Number.isFinite)) return 'damaged';
  if (at < oldest) return 'expired';
  if (checked) return undefined;
  try {
    // Of a page that was gone before it could check.
    check(event);
    return undefined;
  } catch {
    return 'invalid';
  }
}
