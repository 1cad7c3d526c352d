// From a host's event to the one that travels: its id and time, and its JSON.

/** @typedef {{ id: string, type: string, fields: string, bytes: number }} Draft
 *  A complete event. `fields` is its JSON without the type. */

/** Bytes that join type and fields, the longest type included, rounded up. */
const TYPE_BYTES = 24;

let latestMs = 0;
let latestCount = 0;

/**
 * A version 7 id. Ids rise within a page: those of one millisecond count up from a random start
 * (RFC 9562, 6.2, method 1), and when the clock goes back, the latest millisecond lasts until the
 * clock is past it.
 */
export function newId(nowMs = Date.now()) {
  const random = crypto.getRandomValues(new Uint8Array(10));
  if (nowMs > latestMs) {
    latestMs = nowMs;
    // The top bit of the twelve stays clear, to leave room for counting.
    latestCount = ((random[0] & 0x07) << 8) | random[1];
  } else if (++latestCount > 0xfff) {
    latestMs += 1;
    latestCount = 0;
  }
  const hex = (/** @type {number} */ number, /** @type {number} */ digits) =>
    number.toString(16).padStart(digits, '0');
  const time = hex(latestMs, 12);
  random[2] = 0x80 | (random[2] & 0x3f);
  const tail = [...random.subarray(2)].map((byte) => hex(byte, 2)).join('');
  return [time.slice(0, 8), time.slice(8), `7${hex(latestCount, 3)}`, tail.slice(0, 4), tail.slice(4)].join('-');
}

/**
 * What was given as an event; throws where it is none. A text would become a field for each of its
 * letters.
 * @param {any} given
 * @returns {Record<string, unknown>}
 */
export function fieldsOf(given) {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw new TypeError("an event is an object of fields, such as { purchase_id: '1001', currency: 'EUR' }");
  }
  return given;
}

/**
 * Completes an event. Throws where JSON cannot hold it.
 * @param {Record<string, unknown>} event
 * @returns {Draft}
 */
export function draft(event) {
  const { type, id: ownId, occurred_at: ownTime, ...rest } = event;
  const id = ownId === undefined ? newId() : String(ownId);
  const fields = JSON.stringify({ id, occurred_at: ownTime ?? new Date(), ...rest });
  return { id, type: String(type), fields, bytes: utf8Bytes(fields) + TYPE_BYTES };
}

/** The event as it travels. @param {{ type: string, fields: string }} event */
export const travelling = ({ type, fields }) =>
  `{"type":${JSON.stringify(type)},${fields.slice(1)}`;

/** Bytes of a text in UTF-8. @param {string} text */
export function utf8Bytes(text) {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) bytes += 1;
    // Both halves of a pair count two: four bytes in all.
    if (unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff)) bytes += 1;
  }
  return bytes;
}

/**
 * Why an event is refused, from what was thrown.
 * @param {unknown} error
 * @returns {{ code: string, field: string, message: string }}
 */
export function refusal(error) {
  const text = error instanceof Error ? error.message : String(error);
  try {
    const { code, field, message } = JSON.parse(text);
    return { code, field, message };
  } catch {
    return { code: 'invalid_field', field: '', message: text };
  }
}
