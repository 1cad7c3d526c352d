// Tells the CRM of an order with all its parts, of its correction, and of a partial refund.
//
//   SHOP_CRM_ENDPOINT=http://127.0.0.1:8787 SHOP_CRM_KEY=crm_sk_… node orders.mjs

import { createClient } from 'crm-sdk';

const { SHOP_CRM_ENDPOINT: endpoint = 'http://127.0.0.1:8787', SHOP_CRM_KEY: key } = process.env;
const crm = createClient({
  endpoint,
  key,
  // What is stored and worth a look, and what is not stored: the collector keeps that in its quarantine.
  onVerdict: ({ warnings, rejected }) => [...warnings, ...rejected].forEach(({ code, message }) => console.warn(code, message)),
});

// Its number makes an order unique: told twice, it counts once. Prices have their tax in them here.
const order = {
  purchase_id: `order-${Date.now()}`,
  customer_id: 'c-1',
  occurred_at: new Date(),
  currency: 'EUR',
  items: [
    { sku: 'MUG-01', name: 'Mug', quantity: 2, unit_price: '6.95', cost: '2.10' },
    { sku: 'POT-02', name: 'Pot', quantity: 1, unit_price: '24.99', cost: '9.80' },
  ],
  discount: '3.89',
  coupons: ['WELCOME'],
  shipping: '3.50',
  tax: '6.42',
  tax_included: true,
  total: '38.50',
  payment_method: 'card',
  channel: 'web',
  country: 'AT',
};
await crm.purchase(order);

// One mug less, before it was sent: told again, it takes the place of what was told before.
const [mug, pot] = order.items;
await crm.purchase({
  ...order,
  items: [{ ...mug, quantity: 1 }, pot],
  discount: '3.19',
  tax: '5.38',
  total: '32.25',
  replace: true,
});

// The pot came back. A refund has a number of its own, and names what it is of.
await crm.purchase({
  kind: 'refund',
  purchase_id: `${order.purchase_id}-r1`,
  refund_of: order.purchase_id,
  customer_id: 'c-1',
  currency: 'EUR',
  items: [{ ...pot, discount: '2.50' }],
  tax: '3.75',
  tax_included: true,
  total: '22.49',
});

// Called off before it was paid, and taken back altogether, as a test that never should have been sent.
const other = { purchase_id: `${order.purchase_id}-b`, currency: 'EUR', state: 'pending', total: '12.00' };
await crm.purchase(other);
await crm.cancel(other);
const test = { purchase_id: `${order.purchase_id}-test`, currency: 'EUR', total: '1.00' };
await crm.purchase(test);
await crm.void(test);

const { events } = await crm.shutdown(5_000);
const { accepted, updated, failure } = crm.stats();
console.log(events > 0 ? `not sent: ${failure}` : `${accepted} stored, ${updated} corrected`);
