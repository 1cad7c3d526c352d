// The package in Vercel's edge runtime, that of Next.js' middleware.

// @ts-ignore: the bundler makes a compiled module of it
import module from './core_bg.wasm?module';
import { Client, edge } from './edge.js';

export const createClient = edge(module);
export { Client };
