import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { FakeClock } from '../../helpers/fake-clock.ts';
import type { NightFiles } from '../../../simulator/index.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { ReplayBench } from '../../helpers/replays.ts';
import { breakAt } from './break-points.ts';
import type { BreakPoint } from './break-points.ts';

const CHILD = path.join(import.meta.dirname, 'replay-until-killed.js');
const bench = new ReplayBench();
let night: NightFiles;
let call: { readonly paths: readonly string[]; readonly spectra: string; readonly metadata: string };

before(async () => {
  night = await bench.night('night.tar', { survey: 'ztf', seed: 3, alerts: 16, nights: 3 });
  call = { paths: [night.archive], spectra: night.spectra, metadata: night.catalogue };
  await bench.replay({ ...call, out: 'whole' });
});
after(() => bench.close());

/** Replays up to a point; false if the point was never reached. */
async function interrupted(out: string, point: BreakPoint): Promise<boolean> {
  const stop = new Error('stopped here');
  const broken = breakAt(point, () => {
    throw stop;
  });
  try {
    await bench.replay({ ...call, out });
    return false;
  } catch (error) {
    assert.equal(error, stop);
    return true;
  } finally {
    broken.restore();
  }
}

/** Every point of a kind, one after another. */
async function sweep(kind: Omit<BreakPoint, 'call'>): Promise<number> {
  for (let number = 1; ; number++) {
    const out = `${kind.when}-${kind.method}-${number}`;
    if (!(await interrupted(out, { ...kind, call: number }))) return number - 1;
    await bench.replay({ ...call, out });
    assert.deepEqual(bench.output(out), bench.output('whole'), out);
  }
}

test('replay() stopped after any change of the store, and again, ends with the bytes of one call', async () => {
  const points = await sweep({ method: 'transact', when: 'after' });
  assert.ok(points >= 4 + night.spectraCount, `${points} points`);
});

test('replay() stopped between lines and checkpoint, and again, ends with the bytes of one call', async () => {
  const points = await sweep({ method: 'writeJson', when: 'before' });
  assert.ok(points >= 7, `${points} points`);
});

test('replay() stopped after any checkpoint or file, and again, ends with the bytes of one call', async () => {
  const points = await sweep({ method: 'writeJson', when: 'after' });
  assert.ok(points >= 7, `${points} points`);
});

test('replay() killed again and again ends with the bytes of one call', () => {
  const out = bench.path('killed');
  const points: readonly BreakPoint[] = [
    // In the first batch, merged and not committed: limits, spectra, then packets.
    { method: 'transact', when: 'after', call: night.spectraCount + 2 },
    // Between the lines of a batch and the checkpoint that counts them: the call's own comes first.
    { method: 'writeJson', when: 'before', call: 3 },
    { method: 'commit', when: 'after', call: 2 },
  ];
  for (const point of points) {
    const task = JSON.stringify({ call: { ...call, out }, point });
    const { signal, stderr } = spawnSync(process.execPath, [CHILD, task], { encoding: 'utf8' });
    assert.equal(signal, 'SIGKILL', stderr);
  }
  return bench.replay({ ...call, out: 'killed' }).then(() => {
    assert.deepEqual(bench.output('killed'), bench.output('whole'));
  });
});

test('replay() killed before its first checkpoint of packets is held to its inputs', async () => {
  const point = { method: 'transact', when: 'after', call: night.spectraCount + 2 } as const;
  assert.ok(await interrupted('first-batch', point));
  const other = await bench.tar('other.tar', []);
  const changed = bench.replay({ ...call, paths: [other], out: 'first-batch' });
  await assert.rejects(changed, hasCode('REPLAY_MISMATCH', 'inputs'));
});

/** A clock on which no packet's time ever comes. */
class StandingClock extends FakeClock {
  override sleep(_: number, signal?: AbortSignal): Promise<void> {
    return new Promise((__, reject) => {
      signal?.addEventListener('abort', () => {
        reject(new Error('aborted'));
      });
    });
  }
}

test('replay() that waits for a packet ends when its output fails', async () => {
  const stop = new Error('disk gone');
  const broken = breakAt({ method: 'commit', when: 'before', call: 2 }, () => {
    throw stop;
  });
  const config = { pipeline: { batchPackets: 1 } };
  const waiting = bench.replay({
    paths: call.paths,
    out: 'waits',
    config,
    speed: 1,
    clock: new StandingClock(),
  });
  await assert.rejects(waiting, stop);
  broken.restore();
});

test('replay() that waits for a packet ends at its signal, with what it has', async () => {
  const stopping = new AbortController();
  const config = { pipeline: { batchPackets: 1 } };
  const clock = new StandingClock();
  const waiting = bench.replay({
    ...{ paths: call.paths, out: 'stops', config, speed: 1, clock },
    signal: stopping.signal,
    onProgress: () => {
      stopping.abort();
    },
  });
  const { isComplete, ledger } = await waiting;
  assert.equal(isComplete, false);
  assert.equal(ledger.balanced, true);
  const consumed = ledger.total.consumed;
  assert.ok(consumed >= 1 && consumed < 16, `${consumed} packets`);
});
