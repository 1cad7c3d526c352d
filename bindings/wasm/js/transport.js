// Requests to the collector. In a browser each is a simple one: a POST of text/plain, its key in
// the query. No preflight has to be answered first, so a request outlives the page that made it,
// and the first one takes one round trip.

/** What browsers hold on behalf of pages that are gone, over all requests on their way. */
const KEEPALIVE_BYTES = 64 * 1024;
/** Of the whole page, as the browser counts, whichever client made the requests. */
let keptAlive = 0;

/** Bytes of a body besides its events, rounded up. */
export const ENVELOPE_BYTES = 64;

/** @typedef {{ status: number, retryAfter?: string, date?: string, body: Uint8Array,
 *              reason?: string }} Answer  Status 0 is none, for the reason that is given. */

export class Transport {
  #url;
  /** @type {Record<string, string>} */
  #headers;
  #timeoutMs;
  #keepalive;
  #request;
  /** Whether the latest request that was to outlive the page got no answer. Others on the page may
   *  have used up what browsers allow for such requests, so the next one does without. */
  #failed = false;
  /** Requests on their way that a page's end would cut off.
   *  @type {Map<AbortController, Promise<unknown>>} */
  #underway = new Map();

  /** @param {{ url: string, key: string, requestTimeoutMs: number }} options
   *  @param {{ simpleRequests: boolean, post: import('./index.js').Post }} platform */
  constructor({ url, key, requestTimeoutMs }, { simpleRequests, post }) {
    this.#url = simpleRequests ? `${url}?key=${encodeURIComponent(key)}` : url;
    this.#headers = simpleRequests
      ? { 'Content-Type': 'text/plain' }
      : { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` };
    this.#timeoutMs = requestTimeoutMs;
    this.#keepalive = simpleRequests;
    this.#request = post;
  }

  /** Bytes of a body that would still be sent if the page went now. */
  get room() {
    return this.#keepalive ? KEEPALIVE_BYTES - keptAlive : 0;
  }

  /**
   * Posts a body. The request begins with the call.
   * @param {Uint8Array} body
   * @param {{ last?: boolean }} [how] `last`: the page is about to go
   * @returns {Promise<Answer>}
   */
  send(body, { last = false } = {}) {
    const keepalive = body.length <= this.room && (last || !this.#failed);
    const patience = new AbortController();
    const answer = this.#post(body, keepalive, patience);
    if (!keepalive) {
      this.#underway.set(patience, answer);
      answer.then(() => this.#underway.delete(patience));
    }
    return answer;
  }

  /** Waits no longer for the requests that are on their way, but for those that outlive the page.
   *  Ends when whoever made them has been told. */
  async cut() {
    const answers = [...this.#underway.values()];
    for (const patience of this.#underway.keys()) patience.abort(new Error('no answer in time'));
    await Promise.all(answers);
  }

  /** @param {Uint8Array} body @param {boolean} keepalive @param {AbortController} patience
   *  @returns {Promise<Answer>} */
  async #post(body, keepalive, patience) {
    const tooLong = new Error(`no answer within ${this.#timeoutMs} ms`);
    const timer = setTimeout(() => patience.abort(tooLong), this.#timeoutMs);
    if (keepalive) keptAlive += body.length;
    try {
      const { signal } = patience;
      const answer = await this.#request(this.#url, { headers: this.#headers, body, keepalive, signal });
      this.#failed = false;
      return answer;
    } catch (error) {
      this.#failed = keepalive;
      return { status: 0, body: new Uint8Array(), reason: reasonOf(error) };
    } finally {
      if (keepalive) keptAlive -= body.length;
      clearTimeout(timer);
    }
  }
}

/** Why no answer came. Node.js says so in the cause; browsers tell their console alone.
 *  @param {any} error */
const reasonOf = ({ cause, message, code }) => cause?.message || cause?.code || message || code;

/** The body that carries events as they travel. @param {string[]} events */
export function bodyOf(events) {
  const sentAt = new Date().toISOString();
  return new TextEncoder().encode(`{"sent_at":"${sentAt}","events":[${events.join(',')}]}`);
}
