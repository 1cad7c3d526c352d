// Where a client runs: in a page, or on a server.

import { fromPage } from './fetch.js';
import { watchPage } from './page.js';

/** @typedef {import('./index.js').Platform} Platform */
/** @typedef {import('./index.js').Post} Post */

/** Events on disk, simple requests, browser keys alone.
 *  @param {Platform['loadCode']} loadCode @returns {Platform} */
export const page = (loadCode) => ({
  secretKeys: false,
  simpleRequests: true,
  post: fromPage,
  loadCode,
  watch: watchPage,
  unref: () => {},
});

/** Events in memory, any key, and a flush when the process has nothing left to do.
 *  @param {Platform['loadCode']} loadCode @param {Post} post @returns {Platform} */
export const server = (loadCode, post) => ({
  secretKeys: true,
  simpleRequests: false,
  post,
  loadCode,
  watch: watchProcess,
  // An edge runtime's timers are numbers, and hold nothing.
  unref: (timer) => timer.unref?.(),
});

/** @type {Platform['watch']} */
function watchProcess({ exit }) {
  /** @type {any} */
  const { process } = globalThis;
  if (process?.on === undefined) return () => {};
  // Once for what is there: a collector that is down must not keep the process.
  let tried = false;
  const leave = () => {
    if (!tried) exit();
    tried = !tried;
  };
  process.on('beforeExit', leave);
  return () => process.off('beforeExit', leave);
}
