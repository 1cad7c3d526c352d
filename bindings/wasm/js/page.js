// The life of a page: when it may be gone the next moment, when it comes back, and whether there
// is a network.

/**
 * @param {{ hide(): void, suspend(): void, resume(): void, online(online: boolean): void }} host
 * @returns {() => void} stops watching
 */
export function watchPage(host) {
  /** @type {[EventTarget, string, (event: any) => void][]} */
  const listeners = [];
  const page = globalThis.document;
  if (page !== undefined) {
    // The last event that a phone is sure to deliver.
    listeners.push([page, 'visibilitychange', () => page.visibilityState === 'hidden' && host.hide()]);
    listeners.push([globalThis, 'pagehide', () => host.suspend()]);
    listeners.push([globalThis, 'pageshow', ({ persisted }) => persisted && host.resume()]);
    // A tab in the background that is halted, and must not keep the others from sending.
    listeners.push([page, 'freeze', () => host.suspend()]);
    listeners.push([page, 'resume', () => host.resume()]);
  }
  listeners.push([globalThis, 'online', () => host.online(true)]);
  listeners.push([globalThis, 'offline', () => host.online(false)]);
  for (const [target, type, listener] of listeners) target.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of listeners) target.removeEventListener(type, listener);
  };
}
