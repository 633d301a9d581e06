import { withTopic, uniqueName } from '../broker.ts';
import { openClient } from './registry.ts';
import type { ClientName } from './registry.ts';

/** What became of two producers with one transactional id, of which the second came later. 1 for yes, 0 for no. */
export interface FencingFigures {
  /** What is meant to be: the second takes over. */
  readonly firstIsFenced: number;
  readonly secondIsFenced: number;
}

/**
 * Leaves the first producer's transaction open, as an instance does that is stopped by a long pause, lets the second commit
 * one, and then the first go on.
 */
export async function fencing(
  name: ClientName,
  options: { readonly brokers: readonly string[]; readonly isFromNone: boolean },
): Promise<FencingFigures> {
  const id = uniqueName('fencing');
  return withTopic(options.brokers, id, async (topic) => {
    const client = await openClient(name, options);
    const first = await client.openTransactions(id);
    await first.send(topic, 'first');
    let secondIsFenced = 0;
    try {
      const second = await client.openTransactions(id);
      try {
        await second.send(topic, 'second');
        await second.commit();
      } finally {
        await second.close().catch(() => undefined);
      }
    } catch {
      secondIsFenced = 1;
    }
    let firstIsFenced = 0;
    try {
      await first.send(topic, 'first again');
      await first.commit();
    } catch {
      firstIsFenced = 1;
    }
    await first.close().catch(() => undefined);
    return { firstIsFenced, secondIsFenced };
  });
}
