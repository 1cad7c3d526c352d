// The package in workerd, the runtime of Cloudflare's Workers.

// @ts-ignore: the runtime makes a compiled module of it
import module from './core_bg.wasm';
import { Client, edge } from './edge.js';

export const createClient = edge(module);
export { Client };
