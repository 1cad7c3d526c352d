// A collector process, a gate before it that can be shut, a web site, and a browser.

import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, openSync, readFileSync, rmSync, mkdirSync, mkdtempSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, normalize } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? here('../../../target');
export const tools = join(target, 'wasm-tools');

export const pkg = here('../pkg');
export const example = here('../../../examples/web');
const PATIENCE_MS = 30_000;

/** Waits until something holds, and returns it. */
export async function until(what, holds) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await sleep(20);
  }
}

const listen = (server, port = 0) =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server.address().port));
  });

export class Collector {
  #program = process.env.CRM_COLLECTOR ?? join(target, 'debug', 'crm-collector');
  #process;

  /** On a folder of its own, with an owner and a key that reads. */
  static async start() {
    const collector = new Collector();
    mkdirSync(join(target, 'tmp'), { recursive: true });
    collector.folder = mkdtempSync(join(target, 'tmp', 'wasm-'));
    collector.#run(['user', 'add', '--email', 'o@example.com', '--name', 'O', '--password-stdin'], 'correct horse battery\n');
    collector.secretKey = collector.#run(['key', 'create', '--name', 'test', '--scopes', 'ingest,read']);
    const probe = createServer();
    collector.port = await listen(probe);
    await new Promise((resolve) => probe.close(resolve));
    await collector.run();
    return collector;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  browserKey(origin) {
    return this.#run(['key', 'create', '--name', 'page', '--kind', 'browser', '--scopes', 'ingest', '--origins', origin]);
  }

  /** What a command prints. */
  prints(args) {
    return this.#run(args);
  }

  async run() {
    const log = openSync(join(this.folder, 'log'), 'a');
    const serve = ['serve', '--listen', `127.0.0.1:${this.port}`];
    this.#process = spawn(this.#program, ['--data', join(this.folder, 'data'), ...serve], {
      stdio: ['ignore', log, log],
      env: this.#environment(),
    });
    const ready = () => fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false);
    await until(`the collector is ready; its log: ${this.log}`, ready);
  }

  async stop(signal = 'SIGTERM') {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined) return;
    const gone = new Promise((resolve) => process.once('exit', resolve));
    process.kill(signal);
    await gone;
  }

  async end() {
    await this.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  get log() {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  /** How many purchases are stored, by its own report. */
  async stored() {
    const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const answer = await fetch(`${this.url}/v1/reports/summary?from=${day(-2)}&to=${day(2)}`, {
      headers: { Authorization: `Bearer ${this.secretKey}` },
    });
    const report = await answer.json();
    if (!answer.ok) throw new Error(JSON.stringify(report));
    return report.rows[0].orders;
  }

  /** Variables of the tests begin like its own, and it refuses those that it does not know. */
  #environment() {
    const mine = Object.entries(process.env).filter(([name]) => !name.startsWith('CRM_'));
    return { ...Object.fromEntries(mine), CRM_INGEST_EVENTS_PER_SECOND: '0' };
  }

  #run(args, input = '') {
    const data = ['--data', join(this.folder, 'data')];
    const done = spawnSync(this.#program, [...data, ...args], { input, env: this.#environment(), encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`crm-collector ${args[0]}: ${done.error ?? done.stderr}`);
    return done.stdout.trim();
  }
}

/** Passes requests on to the collector, and writes them down. */
export class Gate {
  /** `open`; `shut`: connections break; `deaf`: requests arrive, answers are lost; `slow`: answers
   *  wait until it is set to something else. */
  mode = 'open';
  /** What passed: method, ids of the events, status of the answer. */
  requests = [];

  static async start(collector) {
    const gate = new Gate();
    gate.server = createServer((from, to) => gate.#pass(collector, from, to));
    gate.port = await listen(gate.server);
    gate.url = `http://127.0.0.1:${gate.port}`;
    return gate;
  }

  #pass(collector, from, to) {
    if (this.mode === 'shut') return from.socket.destroy();
    const chunks = [];
    from.on('data', (chunk) => chunks.push(chunk));
    from.on('error', () => {});
    from.on('end', () => {
      const body = Buffer.concat(chunks);
      const events = from.method === 'POST' ? JSON.parse(body).events : [];
      const entry = { method: from.method, url: from.url, headers: from.headers, events, bytes: body.length };
      this.requests.push(entry);
      const onward = request(
        { port: collector.port, host: '127.0.0.1', method: from.method, path: from.url, headers: from.headers, agent: false },
        async (answer) => {
          const parts = [];
          for await (const part of answer) parts.push(part);
          entry.verdict = Buffer.concat(parts).toString();
          entry.status = answer.statusCode;
          if (this.mode === 'deaf') return from.socket.destroy();
          while (this.mode === 'slow') await sleep(20);
          to.writeHead(answer.statusCode, answer.headers);
          to.end(entry.verdict);
        },
      );
      onward.on('error', () => from.socket.destroy());
      onward.end(body);
    });
  }

  /** Sum of a field over the verdicts. */
  sum(field) {
    const verdicts = this.requests.filter(({ status }) => status === 200).map(({ verdict }) => JSON.parse(verdict));
    return verdicts.reduce((sum, verdict) => sum + verdict[field], 0);
  }

  /** How many different events were answered for. */
  get answered() {
    const answered = this.requests.filter(({ status, method }) => status === 200 && method === 'POST');
    return new Set(answered.flatMap(({ events }) => events.map(({ id }) => id))).size;
  }

  methods() {
    return [...new Set(this.requests.map(({ method }) => method))];
  }

  end() {
    this.mode = 'shut';
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** Serves the example, the package beside it and the tests' own page, each from its folder. */
export class Site {
  /** Bytes of the WebAssembly are held back as long as this is true. */
  holdsWasm = false;

  static async start() {
    const site = new Site();
    site.server = createServer((from, to) => site.#serve(from, to));
    site.port = await listen(site.server);
    site.origin = `http://127.0.0.1:${site.port}`;
    return site;
  }

  async #serve(from, to) {
    const path = normalize(new URL(from.url, 'http://site').pathname);
    const file = path.startsWith('/crm-sdk/')
      ? join(pkg, path.slice('/crm-sdk/'.length))
      : path.startsWith('/test/') ? join(here('.'), path.slice('/test/'.length)) : join(example, path);
    if (path.endsWith('.wasm')) while (this.holdsWasm) await sleep(20);
    to.setHeader('Content-Type', TYPES[extname(file)] ?? 'text/plain');
    if (path === '/index.html') {
      // What the reader of the example fills in.
      const page = readFileSync(file, 'utf8');
      return to.end(page.replace('http://127.0.0.1:8787', this.endpoint).replace('crm_pk_…', this.key));
    }
    createReadStream(file).on('error', () => to.writeHead(404).end()).pipe(to);
  }

  end() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

/** Serves a folder. */
export class Folder {
  static async start(folder) {
    const site = new Folder();
    site.server = createServer((from, to) => {
      const file = join(folder, normalize(new URL(from.url, 'http://site').pathname));
      to.setHeader('Content-Type', TYPES[extname(file)] ?? 'text/plain');
      createReadStream(file).on('error', () => to.writeHead(404).end()).pipe(to);
    });
    site.port = await listen(site.server);
    site.origin = `http://127.0.0.1:${site.port}`;
    return site;
  }

  end() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

export const launch = () => {
  // Only here: it wants a newer Node.js than the package does.
  const { chromium } = createRequire(join(tools, 'package.json'))('playwright-core');
  return chromium.launch({
    executablePath: readFileSync(join(tools, 'chromium'), 'utf8').trim(),
    // The cache of pages that one comes back to is what one of the tests is about.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
};

/** All of it, for one test; `visit` opens a tab with a client. */
export async function world(browser, options = {}) {
  const collector = await Collector.start();
  const [gate, site, context] = await Promise.all([Gate.start(collector), Site.start(), browser.newContext()]);
  const key = collector.browserKey(site.origin);
  Object.assign(site, { endpoint: gate.url, key });
  const settings = { endpoint: gate.url, key, batchAgeMs: 100, ...options };
  const tests = `${site.origin}/test/page.html#${encodeURIComponent(JSON.stringify(settings))}`;
  return {
    collector,
    gate,
    site,
    context,
    settings,
    page: tests,
    /** With a clock that is off by so much. */
    async visit(offMs = 0) {
      const page = await context.newPage();
      await page.addInitScript((offMs) => {
        const Right = Date;
        globalThis.Date = class extends Right {
          constructor(...parts) {
            super(...(parts.length > 0 ? parts : [Right.now() + offMs]));
          }
          static now() {
            return Right.now() + offMs;
          }
        };
      }, offMs);
      page.on('pageerror', (error) => console.error('page:', error));
      await page.goto(tests);
      await page.waitForFunction(() => globalThis.client !== undefined);
      return page;
    },
    async end() {
      await context.close();
      await Promise.all([gate.end(), site.end()]);
      await collector.end();
    },
  };
}
