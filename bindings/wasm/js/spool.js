// Events on disk: an IndexedDB that all tabs of an origin share. Events are written by one
// transaction for all that a task of the page tracked, read in the order of their keys, and
// deleted when the collector has decided on them.

/** @typedef {import('./lane.js').Held} Held */
/** @typedef {import('./lane.js').Loaded} Loaded */
/** @typedef {(event: { type: string, fields: string }) => void} Check  Throws what is wrong. */

/** Of the records: a package that writes others counts it up, and this one leaves them alone. */
const VERSION = 1;
const EVENTS = 'events';
/** Bytes of all events, written in the same transactions, so that nobody has to add them up. */
const SIZE = 'size';
/** There are browsers whose databases sometimes neither open nor fail. */
const OPEN_TIMEOUT_MS = 5000;

/** Whether the disk belongs to a newer version of this package. @param {any} error */
export const isOfNewerVersion = (error) => error?.name === 'VersionError';

/** A request or a transaction as a promise. @param {any} request @returns {Promise<any>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = request.oncomplete = () => resolve(request.result);
    request.onerror = request.onabort = () => reject(request.error ?? new Error('aborted'));
  });

export class Spool {
  #name;
  #options;
  #claimed;
  /** @type {Promise<IDBDatabase> | undefined} */
  #opening;
  /** Key of the last event that was handed to the pipeline. */
  #read = 0;
  /** How often it was begun: what was begun before reads in vain. */
  #begun = 0;

  /** @param {string} name
   *  @param {{ diskBytes: number, diskAgeMs: number, durability: 'relaxed' | 'strict' }} options
   *  @param {() => void} claimed  Told when somebody else wants the database for itself: a newer
   *    version of this package, or the visitor, to delete it. */
  constructor(name, options, claimed) {
    this.#name = name;
    this.#options = options;
    this.#claimed = claimed;
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
      database.onversionchange = () => {
        this.close();
        this.#claimed();
      };
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
    const now = Date.now();
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
        const fault = faultOf(event, this.#isTooOld(event, now), check);
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
    await this.delete(dropped);
    return loaded;
  }

  /** Remembers that events were sent in vain when they were too old: they had their last chance.
   *  After the attempt, and not before: a page that closes between the two sends them once more at
   *  the next visit, where otherwise it would give up what may never have been sent.
   *  @param {Held[]} events */
  async markTried(events) {
    const now = Date.now();
    const old = events.filter((event) => !event.tried && this.#isTooOld(event, now));
    if (old.length === 0) return;
    const transaction = await this.#transaction('readwrite');
    const store = transaction.objectStore(EVENTS);
    let unread = old.length;
    for (const event of old) {
      event.tried = true;
      const present = store.get(/** @type {number} */ (event.key));
      present.onsuccess = () => {
        // Nobody else may have settled it meanwhile.
        if (present.result) store.put({ ...present.result, tried: true }, event.key);
        unread -= 1;
        // From here on it needs this page no more.
        if (unread === 0) transaction.commit?.();
      };
    }
    await done(transaction);
  }

  /** By a clock that may have been wrong then, or is now: an age of less than none is as doubtful
   *  as one that is too great, and neither is reason enough to give an event up untried.
   *  @param {Held} event @param {number} now */
  #isTooOld({ at }, now) {
    return Math.abs(now - at) > this.#options.diskAgeMs;
  }

  /** Deletes events. @param {Held[]} events */
  async delete(events) {
    if (events.length === 0) return;
    const transaction = await this.#transaction('readwrite');
    const store = transaction.objectStore(EVENTS);
    const sizes = transaction.objectStore(SIZE);
    const size = sizes.get(SIZE);
    const deletions = runs(events).map((run) => {
      const range = IDBKeyRange.bound(run[0].key, run.at(-1)?.key);
      const present = store.count(range);
      store.delete(range);
      return { run, present };
    });
    const left = store.openKeyCursor();
    left.onsuccess = () => {
      // Where there are no locks, another tab may have deleted them.
      const deleted = deletions.flatMap(({ run, present }) => (present.result > 0 ? run : []));
      const bytes = deleted.reduce((sum, event) => sum + (Number(event.bytes) || 0), 0);
      sizes.put(left.result === null ? 0 : Math.max((size.result ?? 0) - bytes, 0), SIZE);
      transaction.commit?.();
    };
    await done(transaction);
  }
}

/** Events whose keys follow upon each other, together. @param {Held[]} events */
function runs(events) {
  /** @type {Held[][]} */
  const runs = [];
  for (const event of events) {
    const run = runs.at(-1);
    if (run !== undefined && Number(run.at(-1)?.key) + 1 === event.key) run.push(event);
    else runs.push([event]);
  }
  return runs;
}

/**
 * @param {Held} event @param {boolean} isTooOld @param {Check} check
 * @returns {'expired' | 'damaged' | 'invalid' | undefined}
 */
function faultOf(event, isTooOld, check) {
  const { id, type, fields, at, bytes, checked, tried } = event;
  const isText = (/** @type {unknown} */ value) => typeof value === 'string';
  if (![id, type, fields].every(isText) || ![at, bytes].every(Number.isFinite)) return 'damaged';
  if (isTooOld && tried) return 'expired';
  if (checked) return undefined;
  try {
    // Of a page that was gone before it could check.
    check(event);
    return undefined;
  } catch {
    return 'invalid';
  }
}
