// A shop of one product that tells the CRM of visits and orders, as you would copy it.

import { createClient } from './crm-sdk/browser.js';

const setting = (name) => document.querySelector(`meta[name="${name}"]`).content;

const crm = createClient({
  endpoint: setting('crm-endpoint'),
  key: setting('crm-key'),
  // Nothing leaves the page of a visitor who asks not to be tracked.
  beforeSend: (event) => (navigator.globalPrivacyControl ? null : event),
  onVerdict: ({ rejected }) => rejected.forEach((one) => console.warn('rejected', one.code, one.field)),
});

// Yours would be the account of whoever is logged in.
const visitor = (localStorage.visitor ??= `visitor-${crypto.randomUUID()}`);
crm.interaction({ customer_id: visitor, kind: 'visit', channel: 'web', subject: document.title });

document.querySelector('#order').addEventListener('submit', async (event) => {
  event.preventDefault();
  const quantity = Number(new FormData(event.target).get('quantity'));
  const order = await crm.purchase({
    purchase_id: `order-${crypto.randomUUID()}`,
    customer_id: visitor,
    currency: 'EUR',
    items: [{ sku: 'MUG-01', name: 'Mug', quantity, unit_price: '6.95' }],
    channel: 'web',
  });
  // Whatever happens to this page from here on, the order is not lost.
  const told = order.ok ? `Thank you. Kept: ${order.kept}.` : `Not taken: ${order.reason}.`;
  document.querySelector('#told').textContent = told;
});
