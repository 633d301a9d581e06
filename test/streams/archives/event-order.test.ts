import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { Metrics, loadConfig } from '../../../core/index.ts';
import type { Config } from '../../../core/index.ts';
import { MinHeap } from '../../../streams/archives/min-heap.ts';
import { listArchiveInputs, readArchives } from '../../../streams/index.ts';
import { collected, outcomes, testAlert, testContainer, testDecoder } from '../../helpers/test-packets.ts';

function folder(context: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), 'nightjar-order-'));
  context.after(() => {
    rmSync(made, { recursive: true });
  });
  return made;
}

/** Writes files of alerts whose ids are their days; a day of 0 is a file that is none. */
async function writeDays(base: string, files: Readonly<Record<string, readonly number[]>>): Promise<void> {
  for (const [name, days] of Object.entries(files)) {
    const bytes =
      days[0] === 0
        ? Buffer.from('damaged')
        : await testContainer(days.map((day) => [testAlert(day, 60_000 + day)]));
    mkdirSync(path.dirname(path.join(base, name)), { recursive: true });
    writeFileSync(path.join(base, name), bytes);
  }
}

async function inOrder(
  paths: readonly string[],
  limits: Partial<Config['archive']> = {},
  metrics?: Metrics,
): Promise<readonly string[]> {
  const archive: Config['archive'] = { ...loadConfig(null).archive, ...limits };
  const options = { decoder: testDecoder(), archive, ...(metrics === undefined ? {} : { metrics }) };
  return outcomes(await collected(readArchives(await listArchiveInputs(paths), options)));
}

async function disordered(metrics: Metrics): Promise<number> {
  const found = /^nightjar_archive_disordered_packets_total (\d+)/m.exec(await metrics.exposition());
  return Number(found?.[1]);
}

function days(...all: readonly number[]): readonly string[] {
  return all.map((day) => `T${day}`);
}

test('readArchives() merges inputs by time', async (context) => {
  const base = folder(context);
  await writeDays(base, { 'a.avro': [1, 4, 7], 'b.avro': [2, 5, 8], 'c.avro': [3, 6, 9] });
  const files = ['a.avro', 'b.avro', 'c.avro'].map((name) => path.join(base, name));
  const sorted = days(1, 2, 3, 4, 5, 6, 7, 8, 9);
  assert.deepEqual(await inOrder(files, { reorderPacketsMax: 1 }), sorted);
  assert.deepEqual(await inOrder([...files].reverse(), { reorderPacketsMax: 1 }), sorted);
  assert.deepEqual(await inOrder(files, { order: 'stored' }), days(1, 4, 7, 2, 5, 8, 3, 6, 9));
});

test('readArchives() orders what is out of order within an input, up to its limits', async (context) => {
  const base = folder(context);
  await writeDays(base, { 'a.avro': [3, 2, 1, 6, 5, 4] });
  assert.deepEqual(await inOrder([base]), days(1, 2, 3, 4, 5, 6));
  assert.deepEqual(await inOrder([base], { reorderPacketsMax: 2 }), days(1, 2, 3, 4, 5, 6));
  const metrics = new Metrics();
  assert.deepEqual(await inOrder([base], { reorderPacketsMax: 1 }, metrics), days(2, 1, 3, 5, 4, 6));
  assert.equal(await disordered(metrics), 2);
  assert.deepEqual(await inOrder([base], { reorderBytesMax: 1 }), days(3, 2, 1, 6, 5, 4));
});

test('readArchives() gives packets of one time in order of their files, and rejections after the packet before them', async (context) => {
  const base = folder(context);
  await writeDays(base, { 'a.avro': [1, 1, 2], 'b.avro': [1, 2] });
  const whole = await testContainer([[testAlert(1, 60_001)], [testAlert(3, 60_003)]]);
  writeFileSync(path.join(base, 'c.avro'), whole.subarray(0, whole.length - 5));
  writeFileSync(path.join(base, 'd.avro'), 'damaged');
  assert.deepEqual(await inOrder([base]), [
    'FORMAT_UNKNOWN',
    ...days(1, 1, 1, 1),
    'AVRO_TRUNCATED',
    ...days(2, 2),
  ]);
});

test('readArchives() opens no more inputs than the limit, and is in order where few overlap', async (context) => {
  const base = folder(context);
  const files: Record<string, readonly number[]> = {};
  for (let i = 0; i < 20; i++)
    files[`${String((i * 7) % 20).padStart(2, '0')}.avro`] = [2 * i + 1, 2 * i + 2, 2 * i + 4];
  await writeDays(base, files);
  const named = Object.keys(files).map((name) => path.join(base, name));
  const metrics = new Metrics();
  const words = await inOrder(named, { inputsOpenMax: 3, reorderPacketsMax: 1 }, metrics);
  assert.equal(words.length, 60);
  assert.equal(await disordered(metrics), 0);
  assert.deepEqual(words, await inOrder([...named].reverse(), { inputsOpenMax: 3, reorderPacketsMax: 1 }));
});

test('readArchives() reads the small files of a folder as one stream where there are too many', async (context) => {
  const base = folder(context);
  const files: Record<string, readonly number[]> = { 'night.tar.avro': [3, 9] };
  for (const day of [1, 2, 4, 5, 6, 8, 7, 10]) files[`many/${String(day).padStart(2, '0')}.avro`] = [day];
  await writeDays(base, files);
  const words = await inOrder([path.join(base, 'night.tar.avro'), path.join(base, 'many')], {
    inputsOpenMax: 2,
    reorderPacketsMax: 1,
  });
  assert.deepEqual(words, days(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
});

test('readArchives() gives every packet once, the same order every time, sorted where the limits allow', async (context) => {
  const base = folder(context);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 6 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 60 }),
      async (lists, inputsOpenMax, reorderPacketsMax) => {
        const files = lists.map((_, i) => path.join(base, `${i}.avro`));
        await writeDays(base, Object.fromEntries(lists.map((list, i) => [`${i}.avro`, list])));
        const words = await inOrder(files, { inputsOpenMax, reorderPacketsMax });
        const all = lists.flat().sort((a, b) => a - b);
        assert.deepEqual([...words].sort(), [...days(...all)].sort());
        assert.deepEqual(await inOrder(files, { inputsOpenMax, reorderPacketsMax }), words);
        if (reorderPacketsMax >= all.length) assert.deepEqual(words, days(...all));
      },
    ),
    { seed: 6, numRuns: 40 },
  );
});

test('MinHeap.pop() gives items in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (items) => {
      const heap = new MinHeap<number>((a, b) => a - b);
      for (const item of items) heap.push(item);
      const popped = items.map(() => heap.pop());
      assert.deepEqual(
        popped,
        [...items].sort((a, b) => a - b),
      );
      assert.equal(heap.pop(), undefined);
    }),
    { seed: 7 },
  );
});
