import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, rejected } from '../../../core/index.ts';
import { RegistryOutages } from '../../../pipeline/service/registry-outages.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const SILENT = [rejected('REGISTRY_UNREACHABLE', 'Cannot find the schema')];
const READ = [accepted(1)];
const LIMIT_MS = 1000;

/** Outages of one partition, and whether a message has to wait. */
function outages(): {
  readonly clock: FakeClock;
  readonly waits: (offset: number, results: typeof SILENT | typeof READ) => boolean;
} {
  const clock = new FakeClock();
  const all = new RegistryOutages({ registryOutageMs: LIMIT_MS }, clock);
  return {
    clock,
    waits: (offset, results) =>
      all.reasonToWait({ topic: 'toy', partition: 0, offset: BigInt(offset) }, results) !== null,
  };
}

test('RegistryOutages counts an outage from its beginning, over messages', () => {
  const { clock, waits } = outages();
  assert.ok(waits(5, SILENT));
  clock.advance(LIMIT_MS - 1);
  assert.ok(waits(5, SILENT));
  clock.advance(1);
  assert.ok(!waits(5, SILENT));
  assert.ok(!waits(6, SILENT));
  clock.advance(LIMIT_MS / 2);
  // One whose schema is known says nothing about the registry.
  assert.ok(!waits(7, READ));
  assert.ok(!waits(8, SILENT));
});

test('RegistryOutages begins anew once the message that it stopped can be read', () => {
  const { clock, waits } = outages();
  assert.ok(waits(5, SILENT));
  clock.advance(LIMIT_MS);
  assert.ok(!waits(5, READ));
  assert.ok(waits(6, SILENT));
});

test('RegistryOutages begins anew when no message has met the outage for its limit', () => {
  const { clock, waits } = outages();
  assert.ok(waits(5, SILENT));
  clock.advance(LIMIT_MS);
  assert.ok(!waits(5, SILENT));
  clock.advance(LIMIT_MS + 1);
  assert.ok(waits(6, SILENT));
});

test('RegistryOutages goes on with an outage however seldom its message is tried', () => {
  const { clock, waits } = outages();
  assert.ok(waits(5, SILENT));
  clock.advance(10 * LIMIT_MS);
  assert.ok(!waits(5, SILENT));
});

test('RegistryOutages keeps partitions apart, and waits for nothing where the limit is 0', () => {
  const clock = new FakeClock();
  const all = new RegistryOutages({ registryOutageMs: LIMIT_MS }, clock);
  const message = { topic: 'toy', partition: 0, offset: 0n };
  assert.ok(all.reasonToWait(message, SILENT) !== null);
  clock.advance(LIMIT_MS);
  assert.ok(all.reasonToWait({ ...message, partition: 1 }, SILENT) !== null);
  assert.equal(all.reasonToWait(message, SILENT), null);
  assert.equal(new RegistryOutages({ registryOutageMs: 0 }, clock).reasonToWait(message, SILENT), null);
});
