import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pacePackets } from '../../../streams/index.ts';
import type { DecodedPacket, ReplaySpeed } from '../../../streams/index.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { collected, testAlert, testContainer, testDecoder } from '../../helpers/test-packets.ts';

const DAY_MS = 86_400_000;

async function packetsOfDays(days: readonly number[]): Promise<readonly DecodedPacket[]> {
  const bytes = await testContainer(days.map((day) => [testAlert(day, 60_000 + day)]));
  const packets = await collected(testDecoder().decodeBlob({ file: 'x', bytes }));
  const damaged = await collected(testDecoder().decodeBlob({ file: 'x', bytes: Buffer.from('damaged') }));
  return [...packets, ...damaged];
}

/** Clock times at which the packets came. */
async function times(days: readonly number[], speed: ReplaySpeed): Promise<readonly number[]> {
  const clock = new FakeClock(1000);
  const at: number[] = [];
  const packets = await packetsOfDays(days);
  const source = (async function* () {
    for (const packet of packets) yield await Promise.resolve(packet);
  })();
  for await (const packet of pacePackets(source, { speed, clock })) {
    assert.ok(packets.includes(packet));
    at.push(clock.monotonicMs() - 1000);
  }
  return at;
}

test('pacePackets() lets packets through as their events happened, divided by the speed', async () => {
  assert.deepEqual(await times([1, 2, 4], 'real'), [0, DAY_MS, 3 * DAY_MS, 3 * DAY_MS]);
  assert.deepEqual(await times([1, 2, 4], 24), [0, DAY_MS / 24, DAY_MS / 8, DAY_MS / 8]);
  assert.deepEqual(await times([1, 2, 4], 'max'), [0, 0, 0, 0]);
});

test('pacePackets() does not wait for a packet that is behind', async () => {
  assert.deepEqual(await times([1, 3, 2, 4], 'real'), [0, 2 * DAY_MS, 2 * DAY_MS, 3 * DAY_MS, 3 * DAY_MS]);
});

test('pacePackets() throws for a speed that is none', async () => {
  await assert.rejects(times([1], 0), RangeError);
  await assert.rejects(times([1], Number.NaN), RangeError);
});
