// The package in browsers: events on disk, simple requests, browser keys alone.

import init, { Core, check } from './core.js';
import { Client } from './client.js';
import { watchPage } from './page.js';

/** @type {Promise<import('./index.js').Code> | undefined} */
let loading;

/** @type {import('./index.js').Platform} */
const browser = {
  secretKeys: false,
  simpleRequests: true,
  loadCode: () =>
    (loading ??= init({ module_or_path: new URL('./core_bg.wasm', import.meta.url) })
      .then(() => ({ Core, check }))
      .catch((/** @type {unknown} */ error) => {
        loading = undefined;
        throw error;
      })),
  watch: watchPage,
  unref: () => {},
};

/** @param {import('./index.js').Options} options */
export const createClient = (options) => new Client(options, browser);
export { Client };
