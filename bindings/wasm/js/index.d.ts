/** Sends customers, purchases and interactions to the CRM's collector, and loses none. */

/** Makes a client and begins to send what earlier visits left.
 *  @throws {TypeError} naming every option that cannot be used. */
export function createClient(options: Options): Client;

export interface Options {
  /** Where the collector is, such as `https://crm.example`. */
  endpoint: string;
  /** An API key: in a browser one that begins with `crm_pk_`. */
  key: string;
  /** Where events wait: on disk (IndexedDB), by default, or in memory alone. */
  storage?: 'disk' | 'memory';
  /** Whether events on disk survive a power cut as well (`strict`), which takes longer. By
   *  default `relaxed`: they survive the end of the page and of the browser. */
  durability?: 'relaxed' | 'strict';
  /** Names the events on disk; by default the key. Give it a name of your own to send under a
   *  new key what was tracked under an old one. */
  spoolName?: string;
  /** Where `core_bg.wasm` of this package lies, if not beside its JavaScript: a URL in a browser, a
   *  path or a `file:` URL in Node.js. The first client of a page says so for all. */
  wasmUrl?: string | URL;
  /** Asked before an event is kept: returns it, changed or not, or nothing to withhold it. */
  beforeSend?: (event: AnyEvent) => AnyEvent | null | undefined;
  /** Told of each verdict on events that this tab sent. */
  onVerdict?: (verdict: Verdict) => void;
  /** Most events of a request. By default 200. */
  batchEvents?: number;
  /** Most bytes of a request's body; a larger event goes alone. By default 60 KiB. */
  batchBytes?: number;
  /** How long an event waits for others to share its request. By default a second. */
  batchAgeMs?: number;
  /** Most events in memory alone. By default 10,000. */
  memoryEvents?: number;
  /** Most bytes of events in memory alone. By default 4 MiB. */
  memoryBytes?: number;
  /** Most bytes of events on disk; when full, new ones are refused. By default 16 MiB. */
  diskBytes?: number;
  /** How long events stay on disk unsent; older ones are tried once more and then given up. By
   *  default 30 days. */
  diskAgeMs?: number;
  /** How long an answer may take before the request is made again. By default 30 seconds. */
  requestTimeoutMs?: number;
  /** The longest first pause after a failure. By default half a second. */
  retryInitialMs?: number;
  /** The longest pause. By default a minute. */
  retryLongestMs?: number;
}

export class Client {
  private constructor();
  /** Takes a customer that appeared or changed. See `track`. */
  customer(fields: CustomerFields): Promise<Tracked>;
  /** Takes a sale or a refund. See `track`. */
  purchase(fields: PurchaseFields): Promise<Tracked>;
  /** Takes that a purchase was called off: nothing was bought. It takes the place of what is stored
   *  under its `purchase_id`, which it needs; what was paid and given back is a paid purchase and a
   *  refund. The key of a page may not do that. See `track`. */
  cancel(fields: PurchaseFields): Promise<Tracked>;
  /** Takes a purchase back altogether, as one that never should have been sent: it is in no figure
   *  any more, and its `purchase_id`, which it needs, is free. What else is told of it, but for its
   *  `source`, does not matter. The key of a page may not do that. See `track`. */
  void(fields: PurchaseFields): Promise<Tracked>;
  /** Takes an interaction. See `track`. */
  interaction(fields: InteractionFields): Promise<Tracked>;
  /** Takes any event. The promise is never rejected: it tells where the event is kept, or why it
   *  was not taken. Ignore it if you like. */
  track(event: AnyEvent): Promise<Tracked>;
  /** Sends what was tracked before this call, and waits until the collector has decided on it,
   *  or so long. By default 5 seconds. */
  flush(timeoutMs?: number): Promise<Unsent>;
  /** Takes no more events, sends what there is, and ends the client. */
  shutdown(timeoutMs?: number): Promise<Unsent>;
  /** What was done so far, and what is left to do. */
  stats(): Stats;
  /** Events that were given up, by reason. */
  losses(): Losses;
}

/** What became of a call. */
export type Tracked =
  | { ok: true; id: string; kept: 'disk' | 'memory' }
  | { ok: false; reason: keyof Losses; error?: { code: string; field: string; message: string } };

/** What a flush or a shutdown left. What is on disk goes later. */
export interface Unsent {
  events: number;
  onDisk: number;
}

/** An exact amount of money: a decimal text such as `"12.50"`, or a number of at most 4 decimals. */
export type Amount = string | number;

interface Common {
  /** A UUID; by default a new one. The collector stores each id once. */
  id?: string;
  /** RFC 3339 with an offset, or a `Date`; by default now. */
  occurred_at?: string | Date;
}

export interface CustomerFields extends Common {
  customer_id: string;
  name?: string;
  email?: string;
  phone?: string;
  country?: string;
  attributes?: Record<string, unknown>;
  consent?: Record<string, boolean>;
}

/** A sale or a refund. `docs/what-to-send.md` of the project has orders of many kinds. */
export interface PurchaseFields extends Common {
  /** Your id of the order; each is stored once within its `source`. */
  purchase_id?: string;
  /** Which shop or application it comes from; by default the key's. */
  source?: string;
  /** The number that people know it by, where that is not `purchase_id`. */
  number?: string;
  /** Who bought; left out for an anonymous purchase. */
  customer_id?: string;
  kind?: 'sale' | 'refund';
  /** Where it stands; by default `paid`. Only what is paid counts as sold. */
  state?: 'pending' | 'paid' | 'cancelled';
  /** When you last changed it: sent again with a later one, it takes the place of what is stored. */
  updated_at?: string | Date;
  /** Takes the place of what is stored under its id, whenever that was changed. */
  replace?: boolean;
  /** Takes back what is stored under its id, unless that is later than `updated_at` and not to be
   *  replaced: it is in no figure any more, and its id is free. */
  void?: boolean;
  /** Of a refund: the `purchase_id`, in the same source, that money was given back for. */
  refund_of?: string;
  /** ISO 4217. */
  currency: string;
  /** What was paid, or given back; the sum of all parts where it is left out. Where it differs from
   *  them, the difference is kept as rounding, or as an adjustment with a warning. */
  total?: Amount;
  items?: LineItem[];
  /** All that was taken off, discounts of lines included. */
  discount?: Amount;
  /** All that was paid for delivery. */
  shipping?: Amount;
  /** All tax, that of lines included: on top of the prices, unless `tax_included`. */
  tax?: Amount;
  /** Whether prices have their tax in them. */
  tax_included?: boolean;
  /** What the customer gave on top. */
  tip?: Amount;
  /** Charges that are neither goods nor delivery. */
  fees?: Amount;
  /** What the total was rounded by, below zero where it was rounded down. */
  rounding?: Amount;
  payment_method?: string;
  /** Codes of the coupons that were used. */
  coupons?: string[];
  channel?: string;
  country?: string;
  attributes?: Record<string, unknown>;
}

/** One line of a purchase: a product, or what `kind` says. */
export interface LineItem {
  /** What it is about; by default a product. A gift card is money, and no sale until it is used. */
  kind?: 'product' | 'discount' | 'shipping' | 'fee' | 'tip' | 'gift_card';
  /** May be left out where there is a name, and on lines that are no product. */
  sku?: string;
  name?: string;
  category?: string;
  /** Which of the product it was, such as its size. */
  variant?: string;
  /** How many or how much, with at most 4 decimals; by default 1. Below zero for what came back in a
   *  sale with returns. */
  quantity?: number | string;
  /** Price of one, before discounts. */
  unit_price: Amount;
  /** Money off the whole line. */
  discount?: Amount;
  /** Tax on the whole line. */
  tax?: Amount;
  /** What one cost you, for margins. */
  cost?: Amount;
}

export interface InteractionFields extends Common {
  customer_id: string;
  kind: 'visit' | 'email' | 'call' | 'chat' | 'ticket' | 'campaign' | 'note' | 'custom';
  direction?: 'inbound' | 'outbound';
  channel?: string;
  subject?: string;
  text?: string;
  /** Of a correction: the `id` of the event that brought what it takes the place of. */
  interaction_id?: string;
  /** When you last changed it: sent again with a later one, it takes the place of what is stored. */
  updated_at?: string | Date;
  /** Takes the place of what is stored, whenever that was changed. */
  replace?: boolean;
  /** Takes it back: no timeline has it any more. */
  void?: boolean;
  attributes?: Record<string, unknown>;
}

export type AnyEvent =
  | ({ type: 'customer' } & CustomerFields)
  | ({ type: 'purchase' } & PurchaseFields)
  | ({ type: 'interaction' } & InteractionFields);

/** What the collector decided on the events of a request. */
export interface Verdict {
  accepted: number;
  /** They have taken the place of what was stored under their number, or have taken it back. */
  updated: number;
  /** They change nothing, for what is stored under their number is later. */
  superseded: number;
  duplicate: number;
  rejected: { index: number; id?: string; code: string; field?: string; message: string }[];
  /** What somebody has to look at in events that were stored, such as `adjusted`: a total that is not
   *  what its parts come to. */
  warnings: { index: number; id?: string; code: string; field: string; message: string }[];
}

export interface Stats {
  /** Events taken by this client. */
  tracked: number;
  /** Events of earlier visits and other tabs, found on disk when this tab began to send. */
  recovered: number;
  /** Events that wait for the collector's decision: all on disk, in the tab that sends. */
  queued: number;
  inFlight: number;
  requests: number;
  retries: number;
  sent: number;
  accepted: number;
  /** Events that have taken the place of what was stored under their number, or have taken it back. */
  updated: number;
  /** Events that change nothing, for what is stored under their number is later. */
  superseded: number;
  duplicate: number;
  rejected: number;
  /** Events that were stored and that somebody has to look at, as verdicts say. */
  warnings: number;
  /** Those of the queued that were set aside: they fail even in a request of their own, while others
   *  are taken. They are tried again now and then, and given up after a day. */
  parked: number;
  /** How long the oldest event has waited, but for those that are parked. */
  lagMs: number;
  /** Why the latest request failed, if it did, such as `the key is refused (status 401): …` or
   *  `the collector cannot be reached: …`; also after a shutdown. */
  failure: string | null;
  /** Whether only small requests are made, to see whether the collector is well again. */
  circuitOpen: boolean;
  /** Where events go now; `failing` means that the disk refuses and memory holds them. */
  storage: 'disk' | 'memory' | 'failing';
  /** Whether this tab is the one that sends. */
  sending: boolean;
  online: boolean;
  /** Events in memory alone because the disk would not take them. */
  unspooled: number;
  /** Failures of `beforeSend` and `onVerdict`. */
  callbackErrors: number;
}

/** Events given up, by reason. */
export interface Losses {
  /** They broke a rule. */
  invalid: number;
  /** `beforeSend` held them back. */
  withheld: number;
  /** There was no room. */
  queue_full: number;
  /** They made room for newer ones; this client does not do that. */
  dropped_oldest: number;
  /** The collector rejected them; its verdict says why. */
  rejected: number;
  /** The collector would not take them even alone. */
  too_large: number;
  /** The collector could not read the request that held them alone. */
  malformed: number;
  /** They failed for a day, each alone, while the collector took others. */
  undeliverable: number;
  /** They were in memory alone, unsent, when a shutdown's time was up. */
  unsent: number;
  /** They lay on disk for longer than `diskAgeMs`, and a last try failed. */
  expired: number;
  /** They vanished from disk, or could not be read there. */
  damaged: number;
  /** They came after the shutdown. */
  shut_down: number;
}

/** Posts a body; fails when no answer comes. @internal */
export type Post = (
  url: string,
  what: { headers: Record<string, string>; body: Uint8Array; keepalive: boolean; signal: AbortSignal },
) => Promise<{ status: number; retryAfter?: string; date?: string; body: Uint8Array }>;

/** What the client needs of its surroundings. @internal */
export interface Platform {
  secretKeys: boolean;
  simpleRequests: boolean;
  post: Post;
  loadCode(wasmUrl?: string | URL): Promise<Code>;
  watch(life: {
    hide(): void;
    suspend(): void;
    resume(): void;
    online(online: boolean): void;
    exit(): void;
  }): () => void;
  unref(timer: any): void;
}

/** The WebAssembly. @internal */
export interface Code {
  Core: new (...settings: number[]) => any;
  check(type: string, fields: string, wallMs: number): void;
}
