// What the client tells on the console: each kind of failure once, so that a collector that comes
// and goes does not fill it.

/** @typedef {import('./transport.js').Answer} Answer */

/**
 * Why a request failed, with what is known of it: what the collector's answer says, or what kept an
 * answer from coming.
 * @param {string} failure @param {Answer} answer
 */
export function explain(failure, { status, reason, body }) {
  const detail = status === 0 ? reason : detailOf(body);
  return detail ? `${failure}: ${detail}` : failure;
}

/** @param {Uint8Array} body */
function detailOf(body) {
  try {
    const { detail } = JSON.parse(new TextDecoder().decode(body));
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}

export class Notices {
  #endpoint;
  /** @type {Set<string>} */
  #told = new Set();

  /** @param {string} endpoint */
  constructor(endpoint) {
    this.#endpoint = endpoint;
  }

  /** Tells once what a person has to mend. @param {string} failure @param {Answer} answer */
  failing(failure, answer) {
    this.#once(failure, `${explain(failure, answer)}; events are kept and sent again. ${this.#hint(answer.status)}`);
  }

  /** Tells once of each reason for which the collector rejects, or has somebody look at an event. Not
   *  its message, which may quote what the host gave. @param {import('./index.js').Verdict} verdict */
  verdict({ rejected, warnings }) {
    for (const { code, field = '' } of rejected) {
      this.#once(`rejected ${code} ${field}`, `the collector rejected an event: ${code} ${field}`);
    }
    for (const { code, field } of warnings) {
      this.#once(`warning ${code} ${field}`, `look at an event that was stored: ${code} ${field}`);
    }
  }

  /** @param {number} events */
  expired(events) {
    console.warn(`crm: ${events} events were too old and could not be sent: they are given up`);
  }

  /** @param {string} what @param {string} text */
  #once(what, text) {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    console.warn(`crm: ${text.trim()}`);
  }

  /** @param {number} status */
  #hint(status) {
    if (status === 401 || status === 403) {
      return 'Look at the key, and at the origins it was made for (crm-collector key list)';
    }
    if (status === 0) return `Is there a collector at ${this.#endpoint}?`;
    return status >= 200 && status < 500 && status !== 429 ? `Look at the endpoint, ${this.#endpoint}` : '';
  }
}
