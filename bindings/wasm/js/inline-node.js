// The package in Node.js, with the WebAssembly inside: for programs that are bundled into a file.

import { webcrypto } from 'node:crypto';

import { Client } from './client.js';
import { post } from './http.js';
import { inline } from './inline-load.js';
import { server } from './platforms.js';

// Node.js 18 does not have it by itself; the WebAssembly looks for it there.
globalThis.crypto ??= /** @type {Crypto} */ (webcrypto);

/** @param {import('./index.js').Options} options */
export const createClient = (options) => new Client(options, server(inline, post));
export { Client };
