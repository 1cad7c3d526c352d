/** What a bundler makes of the file: its URL, or a compiled module. */
declare const wasm: any;
export default wasm;
