import { createRequire } from 'node:module';

/** What is used here of kafkajs's `src/network/requestQueue`, which has no types. */
interface RequestQueueClass {
  readonly prototype: {
    pending: readonly unknown[];
    scheduleCheckPendingRequests: () => void;
  };
}

const repaired = new WeakSet();

/**
 * A repair of kafkajs 2.2.4: after its first answer, every connection looks through its waiting requests each millisecond,
 * by a timer whose delay is negative where nothing throttles it, of which Node.js 24 warns the user. There is nothing to
 * look for while no request waits, and what lets one wait starts the timer too.
 */
export function repairRequestQueue(): void {
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/requestQueue') as RequestQueueClass;
  if (repaired.has(prototype)) return;
  repaired.add(prototype);
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueueClass['prototype']): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
