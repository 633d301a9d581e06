import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../../core/index.ts';
import { SoleMember } from '../../../pipeline/service/sole-member.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { hasCode } from '../../helpers/has-code.ts';

const SESSION_MS = 30_000;

/**
 * Watches a group for two minutes.
 *
 * @param membersAt who is in it after so long; `null` where no broker answers
 */
async function watched(
  membersAt: (ms: number) => readonly string[] | null,
  store: 'lmdb' | 'postgres' = 'lmdb',
): Promise<void> {
  const clock = new FakeClock();
  const stop = new AbortController();
  const members = (): ReturnType<ConstructorParameters<typeof SoleMember>[0]['admin']['members']> => {
    if (clock.nowMs() >= 120_000) stop.abort(new Error('The test ends'));
    const ids = membersAt(clock.nowMs());
    if (ids === null) return Promise.reject(new Error('No broker answers'));
    return Promise.resolve(ids.map((memberId) => ({ memberId, clientId: 'nightjar', host: 'here' })));
  };
  const url = store === 'lmdb' ? {} : { url: 'postgres://here/nightjar' };
  const config = loadConfig(null, {
    kafka: { sessionTimeoutMs: SESSION_MS },
    store: { kind: store, ...url },
  });
  const sole = new SoleMember({
    admin: { members },
    config,
    clock,
    signal: stop.signal,
    notice: () => undefined,
  });
  if (store === 'postgres') stop.abort(new Error('Nobody asks'));
  await sole.watch(stop.signal);
}

test('SoleMember.watch() leaves alone what this instance was before it joined anew', async () => {
  await watched((ms) => {
    if (ms < 20_000) return ['old'];
    // An outage of the brokers, after which the old session begins once more.
    if (ms < 40_000) return null;
    return ms < 40_000 + SESSION_MS ? ['old', 'new'] : ['new'];
  });
});

test('SoleMember.watch() leaves alone several sessions of one instance that overlap', async () => {
  await watched((ms) => {
    const begun = Math.floor(ms / 20_000);
    return [`session ${begun}`, `session ${begun - 1}`];
  });
});

test('SoleMember.watch() fails where another member stays', async () => {
  await assert.rejects(
    watched(() => ['one', 'two']),
    hasCode('STORE_NOT_SHARED', '1 other'),
  );
  await assert.rejects(
    watched((ms) => (ms < 30_000 ? ['one'] : ['one', 'two', 'three'])),
    hasCode('STORE_NOT_SHARED', '2 others'),
  );
});

test('SoleMember.watch() leaves members of a shared store alone', async () => {
  await watched(() => ['one', 'two'], 'postgres');
});
