// Requests from Node.js by its own client: `fetch` compiles a parser first, and a process that is
// about to end waits for that.

import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** A verdict on a thousand events is far shorter. */
const MOST_BYTES = 4 * 1024 * 1024;

// Connections that are idle do not hold the process.
const plain = { request: httpRequest, agent: new HttpAgent({ keepAlive: true }) };
const secure = { request: httpsRequest, agent: new HttpsAgent({ keepAlive: true }) };

/** @type {import('./index.js').Post} */
export const post = (url, what) => once(url, what, true);

/** @param {string} url @param {Parameters<import('./index.js').Post>[1]} what
 *  @param {boolean} mayRepeat
 *  @returns {ReturnType<import('./index.js').Post>} */
function once(url, what, mayRepeat) {
  const { request, agent } = url.startsWith('https:') ? secure : plain;
  const headers = { ...what.headers, 'Content-Length': what.body.length };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent, signal: what.signal }, (/** @type {any} */ answer) => {
      /** @type {Uint8Array[]} */
      const chunks = [];
      let bytes = 0;
      answer.on('data', (/** @type {Uint8Array} */ chunk) => {
        bytes += chunk.length;
        if (bytes > MOST_BYTES) answer.destroy(new Error('the answer is too long'));
        else chunks.push(chunk);
      });
      answer.on('end', () => {
        const { 'retry-after': retryAfter, date } = answer.headers;
        resolve({ status: answer.statusCode, retryAfter, date, body: joined(chunks, bytes) });
      });
      answer.on('error', reject);
    });
    sent.on('error', (/** @type {any} */ error) => {
      // The other side closed an idle connection at the moment in which it was to be used.
      const wasIdle = mayRepeat && sent.reusedSocket && error.code === 'ECONNRESET';
      if (wasIdle) resolve(once(url, what, false));
      else reject(error);
    });
    sent.end(what.body);
  });
}

/** @param {Uint8Array[]} chunks @param {number} bytes */
function joined(chunks, bytes) {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
