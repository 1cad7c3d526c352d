// The package in browsers. The WebAssembly is a file beside it, which bundlers find by its URL.

import { Client } from './client.js';
import { loader } from './load.js';
import { page } from './platforms.js';

const load = loader(async (url = new URL('./core_bg.wasm', import.meta.url)) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status} of ${response.url}`);
  return response;
});

/** @param {import('./index.js').Options} options */
export const createClient = (options) => new Client(options, page(load));
export { Client };
