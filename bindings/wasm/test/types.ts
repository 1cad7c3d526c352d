// What a host writes, held to the types: compiled, never run.

import { createClient, type Tracked } from '../pkg/index.js';

const crm = createClient({
  endpoint: 'https://crm.example',
  key: 'crm_pk_',
  beforeSend: (event) => (event.type === 'customer' ? { ...event, email: undefined } : event),
  onVerdict: ({ rejected, warnings }) => [...rejected, ...warnings].map(({ id, code, message }) => [id, code, message]),
});

const tracked: Tracked = await crm.purchase({ currency: 'EUR', total: 5 });
const told: string = tracked.ok ? tracked.id : (tracked.error?.message ?? tracked.reason);
await crm.purchase({
  purchase_id: '1042',
  currency: 'EUR',
  state: 'pending',
  updated_at: new Date(),
  items: [{ name: 'Apples', quantity: '1.5', unit_price: 4, cost: '2.10' }, { kind: 'tip', unit_price: 1 }],
  tax: '0.38',
  tax_included: true,
  coupons: ['HELLO'],
});
// @ts-expect-error a line has a price
crm.purchase({ currency: 'EUR', items: [{ sku: 'A', quantity: 1 }] });
// @ts-expect-error a purchase has a currency
crm.purchase({ total: told });
// @ts-expect-error a visit is no kind of event
crm.track({ type: 'visit', customer_id: 'c-1' });
// @ts-expect-error there is no such option
createClient({ endpoint: 'https://crm.example', key: 'crm_pk_', batchSize: 5 });
const { unsent }: { unsent: number } = crm.losses();
const { events, onDisk }: { events: number; onDisk: number } = await crm.shutdown(unsent);
export const sum: number = events + onDisk + crm.stats().queued;
