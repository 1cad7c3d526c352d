// The package in Node.js, and in what runs its packages.

import { webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { Client } from './client.js';
import { post } from './http.js';
import { loader } from './load.js';
import { server } from './platforms.js';

// Node.js 18 does not have it by itself; the WebAssembly looks for it there.
globalThis.crypto ??= /** @type {Crypto} */ (webcrypto);

const load = loader(async (url = new URL('./core_bg.wasm', import.meta.url)) =>
  readFile(String(url).startsWith('file:') ? new URL(url) : url),
);

/** @param {import('./index.js').Options} options */
export const createClient = (options) => new Client(options, server(load, post));
export { Client };
