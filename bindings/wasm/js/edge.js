// The package in edge runtimes, which compile no WebAssembly but hand a compiled module over.

import { Client } from './client.js';
import { Core, check, initSync } from './core.js';
import { fromEdge } from './fetch.js';
import { server } from './platforms.js';

/** @param {WebAssembly.Module} module */
export function edge(module) {
  initSync({ module });
  // A promise of its own for each client: one request must not wait for what another began.
  const platform = server(async () => ({ Core, check }), fromEdge);
  return (/** @type {import('./index.js').Options} */ options) => new Client(options, platform);
}
export { Client };
