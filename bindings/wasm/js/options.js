// What a client can be told, its defaults and bounds. Every mistake is reported at once.

const MIB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Name, default, least and most of each number. @type {[string, number, number, number][]} */
const NUMBERS = [
  ['batchEvents', 200, 1, 1000],
  // A little less than what a browser still sends for a page that is gone.
  ['batchBytes', 60 * 1024, 1024, 4 * MIB],
  ['batchAgeMs', 1000, 0, DAY_MS],
  ['memoryEvents', 10_000, 2, 1_000_000],
  ['memoryBytes', 4 * MIB, 4096, 256 * MIB],
  ['diskBytes', 16 * MIB, 4096, 1024 * MIB],
  ['diskAgeMs', 30 * DAY_MS, 1000, 365 * DAY_MS],
  ['requestTimeoutMs', 30_000, 1, DAY_MS],
  ['retryInitialMs', 500, 1, DAY_MS],
  ['retryLongestMs', 60_000, 1, DAY_MS],
];
const FUNCTIONS = ['beforeSend', 'onVerdict'];
const OTHERS = ['endpoint', 'key', 'storage', 'durability', 'spoolName', 'wasmUrl'];

/**
 * @param {unknown} given
 * @param {{ secretKeys: boolean }} platform
 */
export function readOptions(given, { secretKeys }) {
  /** @type {string[]} */
  const mistakes = [];
  /** @type {any} */
  const source = given !== null && typeof given === 'object' ? given : {};
  const options = { storage: 'disk', durability: 'relaxed', ...source };
  for (const [name, usual, least, most] of NUMBERS) {
    const value = (options[name] ??= usual);
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      mistakes.push(`${name}: a number between ${least} and ${most}`);
    }
  }
  if (options.retryLongestMs < options.retryInitialMs) {
    mistakes.push('retryLongestMs: not less than retryInitialMs');
  }
  for (const name of FUNCTIONS) {
    if (options[name] !== undefined && typeof options[name] !== 'function') {
      mistakes.push(`${name}: a function`);
    }
  }
  const known = new Set([...NUMBERS.map(([name]) => name), ...FUNCTIONS, ...OTHERS]);
  for (const name of Object.keys(source)) {
    if (!known.has(name)) mistakes.push(`${name}: there is no such option`);
  }
  if (!['disk', 'memory'].includes(options.storage)) mistakes.push('storage: disk or memory');
  if (!['relaxed', 'strict'].includes(options.durability)) {
    mistakes.push('durability: relaxed or strict');
  }
  options.url = eventsUrl(options.endpoint, mistakes);
  checkKey(options.key, secretKeys, mistakes);
  options.spoolName ??= options.key;
  if (typeof options.spoolName !== 'string') mistakes.push('spoolName: a text');
  const { wasmUrl } = options;
  if (wasmUrl !== undefined && typeof wasmUrl !== 'string' && !(wasmUrl instanceof URL)) {
    mistakes.push('wasmUrl: a URL, of core_bg.wasm');
  }
  if (mistakes.length > 0) {
    throw new TypeError(`crm: the client is misconfigured: ${mistakes.join('; ')}`);
  }
  return options;
}

/** @param {unknown} text @param {string[]} mistakes */
function eventsUrl(text, mistakes) {
  try {
    const url = new URL(String(text));
    if (!/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) throw url;
    return `${url.origin}${url.pathname.replace(/\/+$/, '')}/v1/events`;
  } catch {
    mistakes.push('endpoint: where the collector is, such as https://crm.example');
    return '';
  }
}

/** @param {unknown} text @param {boolean} secretKeys @param {string[]} mistakes */
function checkKey(text, secretKeys, mistakes) {
  if (typeof text !== 'string' || !/^crm_[sp]k_\w+$/.test(text)) {
    mistakes.push('key: an API key, crm_sk_ (in a page crm_pk_) and 38 characters');
  } else if (text.startsWith('crm_sk_') && !secretKeys) {
    mistakes.push(
      "key: a secret key (crm_sk_) in a page is everybody's: revoke it, and make a browser key (crm_pk_) for this origin",
    );
  }
}
