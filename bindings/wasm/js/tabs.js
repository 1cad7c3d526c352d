// Which of the tabs on an origin sends: the one that holds the lock. The others write to the disk
// and tell it. When the holder goes, however it goes, the browser grants the lock to the next.
// Where there are no locks, each tab sends, and the collector stores each event once all the same.

/** @typedef {{ spooled?: { last: number, events: number }, settled?: number[], flush?: number }} Message */

export class Tabs {
  #name;
  #host;
  /** @type {BroadcastChannel | undefined} */
  #channel;
  /** @type {AbortController | undefined} */
  #asking;
  /** @type {(() => void) | undefined} */
  #release;

  /** Whether only one tab sends. */
  static get haveLocks() {
    return globalThis.navigator?.locks !== undefined;
  }

  /** @param {string} name
   *  @param {{ granted(): void, message(message: Message): void }} host */
  constructor(name, host) {
    this.#name = name;
    this.#host = host;
  }

  /** Joins the other tabs, and asks to be the one that sends. */
  start() {
    if (this.#asking !== undefined) return;
    const asking = (this.#asking = new AbortController());
    if (typeof BroadcastChannel === 'function') {
      this.#channel = new BroadcastChannel(this.#name);
      this.#channel.onmessage = ({ data }) => this.#host.message(data);
    }
    if (!Tabs.haveLocks) {
      this.#host.granted();
      return;
    }
    const hold = () =>
      new Promise((resolve) => {
        if (asking.signal.aborted) return resolve(undefined);
        this.#release = () => resolve(undefined);
        this.#host.granted();
      });
    navigator.locks.request(this.#name, { signal: asking.signal }, hold).catch(() => {
      // Not granted by the time we left; or not to be had at all, as in a sandboxed frame.
      if (!asking.signal.aborted) this.#host.granted();
    });
  }

  /** Leaves the other tabs to themselves. */
  stop() {
    this.#asking?.abort();
    this.#asking = undefined;
    this.#release?.();
    this.#release = undefined;
    this.#channel?.close();
    this.#channel = undefined;
  }

  /** Tells the other tabs. @param {Message} message */
  tell(message) {
    this.#channel?.postMessage(message);
  }
}
