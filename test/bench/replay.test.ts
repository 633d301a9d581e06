import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySample, trendOf } from '../../bench/replay/memory.ts';
import { replayBench } from '../../bench/replay/measure.ts';
import { shiftedPacket } from '../../bench/replay/shifted-packet.ts';
import type { Alert } from '../../core/index.ts';
import type { DecodedPacket } from '../../streams/index.ts';

test('replayBench() takes archives in a loop, each loop of new objects, and every packet ends', async () => {
  const { n, figures, text } = await replayBench({
    isSimulated: true,
    simulatedAlerts: 15,
    alerts: 150,
    surveys: null,
    slicePackets: 100,
    settledPackets: 20,
    samplePackets: 1,
    onProgress: () => undefined,
  });
  assert.equal(n['consumed'], 150);
  assert.equal(n['duplicate'], 0);
  for (const outcome of ['scored', 'held', 'deadLettered', 'tooLate'])
    assert.equal((n[outcome] ?? NaN) % 5, 0, outcome);
  assert.ok(figures['alertsPerSecond']?.raw.every((rate) => rate > 0));
  assert.ok((figures['peakRssMib']?.raw[0] ?? 0) > 0 && (figures['storeMib']?.raw[0] ?? 0) > 0);
  assert.match(text, /slope per 100,000/);
});

test('trendOf() is the slope and the ratio of the ends of a straight line', () => {
  const samples = Array.from({ length: 11 }, (_, i) => ({ packets: 20_000 + 1000 * i, value: 100 + i }));
  const { slopePer100k, lastOverFirst } = trendOf(samples, 3000);
  assert.ok(Math.abs(slopePer100k - 100) < 1e-9);
  assert.equal(lastOverFirst, 109 / 101);
  assert.equal(trendOf(samples.slice(0, 1), 3000).slopePer100k, 0);
});

test('memorySample() gives resident memory as the sum of its own and what is mapped', () => {
  const { rssMib, ownMib, mappedMib } = memorySample(0, 0);
  assert.ok(ownMib > 0 && mappedMib >= 0);
  // The kernel's two counts are read one after the other.
  assert.ok(Math.abs(rssMib - ownMib - mappedMib) < 8);
});

const shifted = (objectId: Alert['objectId'], alertIds: readonly Alert['alertId'][], loop: number): Alert => {
  const [alertId = null] = alertIds;
  const points = alertIds.map((id) => ({ alertId: id }));
  const packet = { result: { ok: true, value: { objectId, alertId, points } } } as unknown as DecodedPacket;
  const { result } = shiftedPacket(packet, loop);
  assert.ok(result.ok);
  return result.value;
};

test('shiftedPacket() gives other ids in each loop, the same for the same, within 64 bits', () => {
  const ids = [1_229_406_343_915_015_013n, -121_540_793_515_135_000n, 9_223_372_036_854_775_807n, null];
  const seen = new Set<unknown>();
  for (let loop = 0; loop < 50; loop++) {
    const { objectId, alertId, points } = shifted(170_046_093_991_084_072n, ids, loop);
    assert.equal(points[0]?.alertId, alertId);
    assert.equal(points[3]?.alertId, null);
    for (const id of [objectId, ...points.slice(0, 3).map((point) => point.alertId)]) {
      assert.ok(typeof id === 'bigint' && BigInt.asIntN(64, id) === id);
      assert.ok(!seen.has(id));
      seen.add(id);
    }
  }
  assert.equal(shifted('ZTF18abc', [null], 0).objectId, 'ZTF18abc');
  assert.equal(shifted('ZTF18abc', [null], 2).objectId, 'ZTF18abc~2');
});
