// What a client has done, summed over its lanes: those that run, and those that have ended.

/** Every reason for which events are given up; the pipeline counts some, the client the others. */
export const REASONS = [
  'invalid',
  'withheld',
  'queue_full',
  'dropped_oldest',
  'rejected',
  'too_large',
  'malformed',
  'undeliverable',
  'unsent',
  'expired',
  'damaged',
  'shut_down',
];
const SUMS = [
  'recovered',
  'requests',
  'retries',
  'sent',
  'accepted',
  'updated',
  'superseded',
  'duplicate',
  'rejected',
  'warnings',
];

/** @typedef {import('./lane.js').Lane | undefined} MaybeLane */

export class Counts {
  tracked = 0;
  unspooled = 0;
  callbackErrors = 0;
  /** Why the latest request failed, if it did. @type {string | null} */
  failure = null;
  diskFails = false;
  /** @type {Record<string, number>} */
  #losses = Object.fromEntries(REASONS.map((reason) => [reason, 0]));
  /** Of lanes that have ended. @type {Record<string, number>} */
  #sums = Object.fromEntries(SUMS.map((name) => [name, 0]));

  /** @param {string} reason @param {number} events */
  lose(reason, events) {
    this.#losses[reason] += events;
  }

  /** Ends a lane and keeps its counts. @param {MaybeLane} lane */
  retire(lane) {
    if (lane === undefined) return;
    try {
      const { stats, losses } = lane.counts();
      for (const name of SUMS) this.#sums[name] += stats[name];
      for (const reason of REASONS) this.#losses[reason] += losses[reason];
      lane.end();
    } catch {
      // It broke in the middle of something; what it counted is lost, its events are not.
    }
  }

  /** @param {MaybeLane[]} lanes @param {object} state */
  stats(lanes, state) {
    const all = each(lanes).map(({ stats }) => stats);
    const sums = Object.fromEntries(
      SUMS.map((name) => [name, all.reduce((sum, one) => sum + one[name], this.#sums[name])]),
    );
    return {
      tracked: this.tracked,
      ...sums,
      ...state,
      inFlight: all.reduce((sum, { inFlight }) => sum + inFlight, 0),
      parked: all.reduce((sum, { parked }) => sum + parked, 0),
      lagMs: Math.max(0, ...all.map(({ lagMs }) => lagMs)),
      failure: this.failure,
      circuitOpen: all.some(({ circuitOpen }) => circuitOpen),
      unspooled: this.unspooled,
      callbackErrors: this.callbackErrors,
    };
  }

  /** @param {MaybeLane[]} lanes */
  losses(lanes) {
    const all = each(lanes).map(({ losses }) => losses);
    const sum = (/** @type {string} */ reason) =>
      all.reduce((sum, losses) => sum + losses[reason], this.#losses[reason]);
    return Object.fromEntries(REASONS.map((reason) => [reason, sum(reason)]));
  }
}

/** Counts of lanes, without those of one that has just broken. @param {MaybeLane[]} lanes */
const each = (lanes) =>
  lanes.flatMap((lane) => {
    try {
      return lane === undefined ? [] : [lane.counts()];
    } catch {
      return [];
    }
  });
