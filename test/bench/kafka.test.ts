import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arrivals } from '../../bench/kafka/clients/arrivals.ts';
import { memoryCourse } from '../../bench/kafka/memory-course.ts';
import { randomValue } from '../../bench/kafka/message-sizes.ts';
import { processUsage } from '../../bench/process-usage.ts';
import { sustained } from '../../bench/kafka/progress.ts';
import { shiftedBytes, shiftedId } from '../../bench/kafka/shifted-bytes.ts';
import { surveyMessages } from '../../bench/kafka/survey-messages.ts';
import { benchConfig, openBenchData, openBenchDecoder } from '../../bench/data.ts';
import { objectKey, Random } from '../../core/index.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test('sustained() counts from the last look at which at most a tenth was done', () => {
  const samples = [
    { elapsedMs: 0, packets: 0, cpuSeconds: 0 },
    { elapsedMs: 3000, packets: 0, cpuSeconds: 2 },
    { elapsedMs: 3100, packets: 100, cpuSeconds: 2.1 },
    { elapsedMs: 3600, packets: 600, cpuSeconds: 2.7 },
    { elapsedMs: 4100, packets: 1000, cpuSeconds: 3 },
  ];
  const { packetsPerSecond, cpuMsPerPacket } = sustained(samples);
  assert.equal(packetsPerSecond, 900);
  assert.ok(Math.abs(cpuMsPerPacket - 1) < 1e-9);
  assert.equal(sustained([]).packetsPerSecond, NaN);
});

test('Arrivals counts from the batch with the tenth part on, and knows when all have come', () => {
  const now = { ms: 0 };
  const parts = { clock: { monotonicMs: () => now.ms }, cpuMs: () => now.ms / 2 };
  const arrivals = new Arrivals(100, parts);
  const arrive = (atMs: number, messages: number): boolean => {
    now.ms = atMs;
    return arrivals.add(messages);
  };
  assert.equal(arrive(1000, 5), false);
  assert.equal(arrive(2000, 15), false);
  assert.equal(arrive(3000, 40), false);
  assert.equal(arrive(4000, 40), true);
  assert.deepEqual(arrivals.figures(), { messagesPerSecond: 40, cpuMsPerMessage: 12.5 });
  assert.deepEqual(new Arrivals(1, parts).figures(), { messagesPerSecond: NaN, cpuMsPerMessage: NaN });
});

test('memoryCourse() is the start, the peak, and median and slope of the second half', () => {
  const rising = Array.from({ length: 11 }, (_, i) => ({ elapsedMs: 6000 * i, mib: i < 5 ? 100 : 200 + i }));
  assert.deepEqual(memoryCourse(rising), {
    startMib: 100,
    plateauMib: 207.5,
    peakMib: 210,
    slopeMibPerMinute: 10,
  });
  assert.equal(memoryCourse(rising.slice(0, 1)).slopeMibPerMinute, 0);
});

test('processUsage() tells of a process that runs, and nothing of one that does not', () => {
  if (process.platform === 'linux') {
    const { cpuSeconds, peakRssMib } = processUsage(process.pid);
    const { user, system } = process.cpuUsage();
    // The kernel counts in ticks of 10 ms.
    assert.ok(Math.abs(cpuSeconds - (user + system) / 1e6) < 0.1);
    assert.ok(peakRssMib > 10);
  }
  assert.deepEqual(processUsage(0), { cpuSeconds: NaN, peakRssMib: NaN });
});

test('randomValue() has the length that is wanted, and the same bytes for the same seed', () => {
  const value = randomValue(new Random('test'), 1000);
  assert.equal(value.length, 1000);
  assert.ok(new Set(value).size > 200);
  assert.ok(value.equals(randomValue(new Random('test'), 1000)));
});

test('surveyMessages() takes packets of every survey, then again as other objects', async (context) => {
  const folder = await temporaryFolder(context);
  const data = await openBenchData(folder, { isSimulated: true, simulatedAlerts: 12 });
  const { count, bytes, mix, messages } = await surveyMessages(data, 60);
  assert.equal(count, 60);
  assert.deepEqual(mix, { ztf: 30, lsst: 30 });
  const all = [...messages()];
  assert.equal(new Set(all.map(({ value }) => value.toString('base64'))).size, 60);
  assert.equal(
    bytes,
    all.reduce((sum, { value }) => sum + value.length, 0),
  );
  const decoder = await openBenchDecoder(benchConfig(data));
  for (const { key, value } of all.slice(24)) {
    const isZtf = key?.startsWith('ztf') === true;
    const packets = isZtf ? decoder.decodeBlob({ file: 'x', bytes: value }) : [];
    const results = isZtf ? [] : [await decoder.decodeConfluent(value, { file: 'x', index: 0 })];
    for await (const { result } of packets) results.push(result);
    const [alert] = results.map((result) => (result.ok ? result.value : null));
    assert.equal(alert ? objectKey(alert.survey, alert.objectId) : null, key);
  }
  assert.equal([...(await surveyMessages(data, 8)).messages()].length, 8);
});

test('shiftedId() gives other ids of as many bytes, within 64 bits', () => {
  for (const id of [169_298_437_355_340_113n, -5n, 63n, 9_223_372_036_854_775_807n, 'ZTF18abcdefg']) {
    const seen = new Set<unknown>();
    for (let loop = 0; loop < 20; loop++) {
      const { id: other = id, from, to } = shiftedId(id, loop) ?? { from: Buffer.of(), to: Buffer.of() };
      assert.ok(from.length > 0 && to.length === from.length);
      assert.ok(typeof other === 'string' || BigInt.asIntN(64, other) === other);
      assert.equal(other === id, loop === 0);
      assert.ok(!seen.has(other));
      seen.add(other);
    }
  }
  assert.match(String(shiftedId('ZTF18abcdefg', 7)?.id), /^ZTF18[a-z]{7}$/);
  assert.equal(shiftedId('ATLAS1234', 1), null);
});

test('shiftedBytes() replaces an id wherever it stands', () => {
  const [from, to] = [Buffer.from('ab'), Buffer.from('xy')];
  assert.equal(shiftedBytes(Buffer.from('1ab2abab'), { from, to })?.toString(), '1xy2xyxy');
  assert.equal(shiftedBytes(Buffer.from('a-b'), { from, to }), null);
});
