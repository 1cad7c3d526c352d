// The package in Node.js: events in memory, any key, and a flush when the process has nothing
// left to do.

import { webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { Client } from './client.js';
import init, { Core, check } from './core.js';

// Node.js 18 does not have it by itself; the WebAssembly looks for it there.
globalThis.crypto ??= /** @type {Crypto} */ (webcrypto);

/** @type {Promise<import('./index.js').Code> | undefined} */
let loading;

/** @type {import('./index.js').Platform} */
const node = {
  secretKeys: true,
  simpleRequests: false,
  loadCode: () =>
    (loading ??= readFile(new URL('./core_bg.wasm', import.meta.url))
      .then((bytes) => init({ module_or_path: bytes }))
      .then(() => ({ Core, check }))),
  watch: ({ exit }) => {
    // Once for what is there: a collector that is down must not keep the process.
    let tried = false;
    const leave = () => {
      if (!tried) exit();
      tried = !tried;
    };
    process.on('beforeExit', leave);
    return () => process.off('beforeExit', leave);
  },
  unref: (timer) => timer.unref(),
};

/** @param {import('./index.js').Options} options */
export const createClient = (options) => new Client(options, node);
export { Client };
