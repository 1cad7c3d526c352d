// The package in browsers, with the WebAssembly inside: for bundlers that do not find files.

import { Client } from './client.js';
import { inline } from './inline-load.js';
import { page } from './platforms.js';

/** @param {import('./index.js').Options} options */
export const createClient = (options) => new Client(options, page(inline));
export { Client };
