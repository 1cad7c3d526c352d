// The package as bundlers and edge runtimes take it: each builds a host application, which sells.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { snippets } from './readme.js';
import { Collector, Folder, launch, pkg, tools, until } from './support.js';

const timeout = 120_000;
const require = createRequire(join(tools, 'package.json'));
const esbuild = require('esbuild');

let collector;
let browser;
before(async () => {
  collector = await Collector.start();
  browser = await launch();
});
after(async () => {
  await browser.close();
  await collector.end();
});

/** An application that has the package installed, and sells a mug; `options` is JavaScript. */
function application(name, { key, from = 'crm-sdk', imports = '', options = '' }) {
  const folder = join(collector.folder, name);
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  cpSync(pkg, join(folder, 'node_modules', 'crm-sdk'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="./main.js"></script>');
  writeFileSync(join(folder, 'main.js'), `import { createClient } from '${from}';
    ${imports}
    const crm = createClient({ endpoint: '${collector.url}', key: '${key}', batchAgeMs: 100, ${options} });
    crm.purchase({ currency: 'EUR', total: '6.95' });`);
  return folder;
}

/** Opens what was built, and waits until the collector has the sale. */
async function opens(site) {
  const before = await collector.stored();
  const page = await browser.newPage();
  const told = [];
  page.on('console', (message) => told.push(message.text()));
  page.on('pageerror', (error) => told.push(String(error)));
  await page.goto(`${site.origin}/index.html`);
  await until(`it is stored; the page says ${told}`, async () => (await collector.stored()) === before + 1);
  await page.close();
}

/** A test of a page that a bundler builds into a folder. */
const builds = (name, options, build) =>
  test(name, { timeout }, async () => {
    const out = join(collector.folder, `${name}-built`);
    const site = await Folder.start(out);
    const folder = application(name, { key: collector.browserKey(site.origin), ...options });
    await build(folder, out);
    cpSync(join(folder, 'index.html'), join(out, 'index.html'), { force: false });
    await opens(site);
    await site.end();
  });

builds('esbuild_takes_the_inline_package_without_a_setting', { from: 'crm-sdk/inline' }, (folder, outdir) =>
  esbuild.build({ entryPoints: [join(folder, 'main.js')], outdir, bundle: true, minify: true, format: 'iife' }));

builds('esbuild_takes_the_package_with_the_url_of_its_file', {
  imports: "import wasm from 'crm-sdk/core_bg.wasm';",
  options: 'wasmUrl: new URL(wasm, import.meta.url)',
}, (folder, outdir) =>
  esbuild.build({ entryPoints: [join(folder, 'main.js')], outdir, bundle: true, format: 'esm', loader: { '.wasm': 'file' } }));

builds('vite_builds_the_package_without_a_setting', {}, async (folder, outDir) => {
  const vite = await import(pathToFileURL(join(tools, 'node_modules/vite/dist/node/index.js')));
  await vite.build({ root: folder, logLevel: 'error', configFile: false, build: { outDir, emptyOutDir: true } });
});

builds('webpack_builds_the_package_without_a_setting', {}, async (folder, path) => {
  const webpack = require('webpack');
  const compiler = webpack({
    mode: 'production',
    context: folder,
    entry: './main.js',
    output: { path, filename: 'main.js', module: true },
    experiments: { outputModule: true },
  });
  const stats = await promisify(compiler.run.bind(compiler))();
  assert.equal(stats.hasErrors(), false, stats.toString());
});

test('vite_serves_the_package_while_one_develops', { timeout }, async () => {
  const vite = await import(pathToFileURL(join(tools, 'node_modules/vite/dist/node/index.js')));
  const site = await Folder.start('');
  await site.end();
  const folder = application('vite-dev', { key: collector.browserKey(site.origin) });
  const server = await vite.createServer({
    root: folder,
    logLevel: 'error',
    configFile: false,
    server: { host: '127.0.0.1', port: site.port, strictPort: true },
    optimizeDeps: { exclude: ['crm-sdk'] },
  });
  await server.listen();
  await opens(site);
  await server.close();
});

test('a_program_for_node_is_bundled_into_one_file', { timeout }, async () => {
  const before = await collector.stored();
  const folder = application('node-bundle', { key: collector.secretKey, from: 'crm-sdk/inline' });
  const outfile = join(folder, 'built', 'main.cjs');
  await esbuild.build({ entryPoints: [join(folder, 'main.js')], outfile, bundle: true, platform: 'node', format: 'cjs' });
  await promisify(execFile)(process.execPath, [outfile], { timeout: 20_000 });
  assert.equal(await collector.stored(), before + 1);
});

test('a_worker_of_cloudflare_sells', { timeout }, async () => {
  const { Miniflare } = require('miniflare');
  const before = await collector.stored();
  const folder = application('worker', { key: collector.secretKey });
  // The README's, and one that tells what became of it.
  const [snippet] = snippets('worker', { endpoint: collector.url });
  writeFileSync(join(folder, 'readme.js'), snippet);
  writeFileSync(join(folder, 'main.js'), `import { createClient } from 'crm-sdk';
    import readme from './readme.js';
    export default {
      async fetch(request, env, context) {
        if (request.url.endsWith('/readme')) return readme.fetch(request, env, context);
        const crm = createClient({ endpoint: '${collector.url}', key: '${collector.secretKey}' });
        const { ok, kept } = await crm.purchase({ currency: 'EUR', total: '6.95' });
        const wrong = await crm.purchase({ currency: 'EUR', total: '-1' });
        const left = await crm.shutdown();
        return Response.json({ ok, kept, wrong: wrong.error?.code, left, failure: crm.stats().failure });
      },
    };`);
  const outdir = join(folder, 'built');
  await esbuild.build({
    entryPoints: [join(folder, 'main.js')],
    outdir,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy' },
    assetNames: '[name]',
  });
  const worker = new Miniflare({
    compatibilityDate: '2026-01-01',
    modulesRoot: outdir,
    bindings: { SHOP_CRM_KEY: collector.secretKey },
    modules: [
      { type: 'ESModule', path: join(outdir, 'main.js') },
      { type: 'CompiledWasm', path: join(outdir, 'core_bg.wasm') },
    ],
  });
  try {
    // Each request has a client of its own, also side by side.
    const ask = async () => (await worker.dispatchFetch('http://worker/')).json();
    const sold = { ok: true, kept: 'memory', wrong: 'out_of_range', left: { events: 0, onDisk: 0 }, failure: null };
    assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [sold, sold, sold]);
    assert.deepEqual(await ask(), sold);
    assert.equal(await collector.stored(), before + 4);
    assert.equal(await (await worker.dispatchFetch('http://worker/readme')).text(), 'sold');
    await until('the README sells', async () => (await collector.stored()) === before + 5);
  } finally {
    await worker.dispose();
  }
});

test('the_edge_runtime_of_vercel_sells', { timeout }, async () => {
  const { EdgeRuntime } = require('edge-runtime');
  const before = await collector.stored();
  const folder = application('edge-light', { key: collector.secretKey });
  writeFileSync(join(folder, 'main.js'), `import { createClient } from 'crm-sdk';
    addEventListener('fetch', (event) => event.respondWith((async () => {
      const crm = createClient({ endpoint: '${collector.url}', key: '${collector.secretKey}' });
      const { ok } = await crm.purchase({ currency: 'EUR', total: '6.95' });
      return Response.json({ ok, left: await crm.shutdown() });
    })()));`);
  // As its bundlers do it: the compiled module is handed in.
  const module = {
    name: 'module',
    setup(build) {
      build.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: 'module' }));
      build.onLoad({ filter: /.*/, namespace: 'module' }, () => ({ contents: 'export default globalThis.compiled' }));
    },
  };
  const built = await esbuild.build({
    entryPoints: [join(folder, 'main.js')],
    write: false,
    bundle: true,
    format: 'iife',
    conditions: ['edge-light'],
    plugins: [module],
  });
  const runtime = new EdgeRuntime({
    initialCode: `globalThis.compiled = new WebAssembly.Module(bytes); ${built.outputFiles[0].text}`,
    extend: (context) => Object.assign(context, { bytes: readFileSync(join(pkg, 'core_bg.wasm')) }),
  });
  const answer = await runtime.dispatchFetch('http://edge/');
  assert.deepEqual(await answer.json(), { ok: true, left: { events: 0, onDisk: 0 } });
  assert.equal(await collector.stored(), before + 1);
});
