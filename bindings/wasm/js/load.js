// Loads the WebAssembly, once for all clients of a page or a process.

import init, { Core, check } from './core.js';

/** @typedef {import('./index.js').Code} Code */

/**
 * What a failure interrupted begins anew with the next call.
 * @param {(url?: string | URL) => Promise<Response | BufferSource>} get  By default from where the
 *   package lies.
 * @returns {(url?: string | URL) => Promise<Code>}
 */
export function loader(get) {
  /** @type {Promise<Code> | undefined} */
  let loading;
  return (url) =>
    (loading ??= get(url)
      .then((source) => init({ module_or_path: source }))
      .then(() => ({ Core, check }))
      .catch((error) => {
        loading = undefined;
        throw error;
      }));
}
