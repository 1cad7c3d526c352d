// Lists of events on their way through the client: those that wait, with the sum of their bytes,
// and those of this tab on disk. Adding and removing takes the same time however many there are.

/** @typedef {import('./lane.js').Held} Held */
/** @typedef {import('./index.js').Tracked} Tracked */
/** @typedef {{ held: Held, resolve(tracked: Tracked): void }} Taken */

/** Events that wait for what comes next. */
export class Waiting {
  /** @type {Taken[]} */
  events = [];
  bytes = 0;

  /** @param {Taken} taken */
  push(taken) {
    this.events.push(taken);
    this.bytes += taken.held.bytes;
  }

  /** Empties the list. */
  take() {
    const { events } = this;
    this.events = [];
    this.bytes = 0;
    return events;
  }
}

/** Keys of this tab's events on disk that nobody has settled yet. */
export class Own {
  /** @type {Set<number>} */
  #keys = new Set();
  /** Counts that are kept for those who wait. @type {Set<{ last: number, left: number }>} */
  #marks = new Set();
  #last = 0;

  get size() {
    return this.#keys.size;
  }

  /** @param {number} key  Greater than all before. */
  add(key) {
    this.#keys.add(key);
    this.#last = key;
  }

  /** @param {number[]} keys  This tab's or another's. */
  settle(keys) {
    for (const key of keys) {
      if (!this.#keys.delete(key)) continue;
      for (const mark of this.#marks) if (key <= mark.last) mark.left -= 1;
    }
  }

  /** How many there are up to a key. @param {number} last */
  upTo(last) {
    let count = 0;
    for (const key of this.#keys) count += Number(key <= last);
    return count;
  }

  /** Counts from now on what is left of those that are there now; `end` forgets the count. */
  mark() {
    const mark = { last: this.#last, left: this.#keys.size };
    this.#marks.add(mark);
    return { left: () => mark.left, end: () => void this.#marks.delete(mark) };
  }
}
