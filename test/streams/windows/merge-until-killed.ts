import { openLmdbStore } from '../../../streams/index.ts';
import { alertOf } from './alerts.ts';
import { JOIN_RULES } from './join-rules.ts';

/**
 * Run by a test as a process of its own: merges alerts one by one and tells each revision, until it is
 * killed.
 */
const [folder = ''] = process.argv.slice(2);
const window = { pointsMax: 1000, retentionDays: 3650, redeliveryPacketsMax: 512 };
const store = await openLmdbStore({ mode: 'write', folder, window, join: JOIN_RULES });
for (let index = 0; index < 100_000; index++) {
  const [outcome] = await store.merge([alertOf({ mjd: 10 + index / 100, alertId: BigInt(index), index })]);
  if (outcome?.kind === 'merged') process.stdout.write(`${outcome.view.revision}\n`);
  await new Promise<void>((resolve) => setImmediate(resolve));
}
await store.close();
