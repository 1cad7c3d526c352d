// Requests by `fetch`: from pages and from edge runtimes.

/** @typedef {import('./index.js').Post} Post */

/** A redirect is never followed. @type {(manner: RequestInit) => Post} */
const by = (manner) => async (url, { headers, body, keepalive, signal }) => {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: /** @type {BodyInit} */ (body),
    ...manner,
    ...(keepalive ? { keepalive } : {}),
    signal,
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('Retry-After') ?? undefined,
    date: response.headers.get('Date') ?? undefined,
    body: new Uint8Array(await response.arrayBuffer()),
  };
};

export const fromPage = by({ credentials: 'omit', cache: 'no-store', redirect: 'error' });
/** Edge runtimes know nothing of what concerns a page. */
export const fromEdge = by({ redirect: 'manual' });
