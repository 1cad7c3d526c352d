// The snippets of the README, as a newcomer would copy them.

import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The snippets for a browser or for Node.js, with an endpoint and a key filled in. */
export function snippets(where, { endpoint, key }) {
  const fences = text.matchAll(/^```js (\w+)\n(.*?)^```$/gms);
  return [...fences]
    .filter(([, name]) => name === where)
    .map(([, , code]) => code.replaceAll(/https:\/\/crm\.example|http:\/\/127\.0\.0\.1:8787/g, endpoint).replace(/crm_[sp]k_…/, key));
}

/** The report that the first program is followed by. */
export const report = () => /^crm-collector (report .*)\n```\n\n```text\n(.*?)```$/ms.exec(text).slice(1);
