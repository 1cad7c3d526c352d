// Loads the WebAssembly from a text.

import base64 from './core_inline.js';
import { loader } from './load.js';

export const inline = loader(async () =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)),
);
