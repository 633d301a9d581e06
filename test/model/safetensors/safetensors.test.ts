import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { PipelineError } from '../../../core/index.ts';
import {
  float32Tensor,
  int64Tensor,
  readSafetensors,
  SafetensorsFile,
  SafetensorsWriter,
  writeSafetensors,
} from '../../../model/index.ts';
import type { Tensor, Tensors } from '../../../model/index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nightjar-safetensors-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const tensors: Tensors = new Map<string, Tensor>([
  ['flags', { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) }],
  ['x', float32Tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2])],
  ['scalar', float32Tensor(Float32Array.of(-0), [])],
  ['none', float32Tensor(new Float32Array(0), [0, 4])],
  ['i', int64Tensor(BigInt64Array.of(-1n, 2n ** 62n), [2])],
  ['d', { dtype: 'float64', shape: [1], data: Float64Array.of(Math.PI) }],
  ['n', { dtype: 'int32', shape: [1, 1], data: Int32Array.of(-7) }],
  ['u', { dtype: 'uint8', shape: [1], data: Uint8Array.of(255) }],
]);

/** A file with any header and data. */
function fileOf(
  header: string | Uint8Array,
  data: Uint8Array = new Uint8Array(0),
  headerBytes?: bigint,
): string {
  const file = path.join(folder, 'hostile.safetensors');
  const bytes = Buffer.from(header);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(headerBytes ?? BigInt(bytes.length));
  writeFileSync(file, Buffer.concat([prefix, bytes, data]));
  return file;
}

async function codeOf(file: string): Promise<string> {
  try {
    await readSafetensors(file);
    return 'none';
  } catch (error) {
    assert.ok(error instanceof PipelineError, String(error));
    assert.ok(!error.message.includes('\n'), error.message);
    return error.code;
  }
}

test('readSafetensors() gives back what writeSafetensors() wrote, in every element type and shape', async () => {
  const file = path.join(folder, 'all.safetensors');
  await writeSafetensors(file, tensors);
  const read = await readSafetensors(file);
  assert.deepEqual([...read.keys()].sort(), [...tensors.keys()].sort());
  for (const [name, tensor] of tensors) assert.deepEqual(read.get(name), tensor, name);
});

test('writeSafetensors() writes the published layout: length, JSON padded to 8 bytes, data', async () => {
  const file = path.join(folder, 'layout.safetensors');
  await writeSafetensors(file, new Map([['a', float32Tensor(Float32Array.of(1), [1])]]));
  const header = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  ';
  assert.equal(header.length % 8, 0);
  assert.deepEqual(
    readFileSync(file),
    Buffer.concat([
      Buffer.of(header.length, 0, 0, 0, 0, 0, 0, 0),
      Buffer.from(header),
      Buffer.of(0, 0, 0x80, 0x3f),
    ]),
  );
});

test('SafetensorsFile.readRows() gives rows of the first axis', async () => {
  const file = path.join(folder, 'rows.safetensors');
  await writeSafetensors(file, tensors);
  const opened = await SafetensorsFile.open(file);
  assert.deepEqual(await opened.readRows('x', 1, 2), float32Tensor(Float32Array.of(3, 4, 5, 6), [2, 2]));
  assert.deepEqual(await opened.readRows('x', 3, 0), float32Tensor(new Float32Array(0), [0, 2]));
  assert.throws(() => void opened.readRows('x', 2, 2), RangeError);
  await opened.close();
});

test('SafetensorsWriter leaves no file until it is finished, and none when it is discarded', async () => {
  const file = path.join(folder, 'partial', '..', 'written.safetensors');
  const infos = new Map([['x', { dtype: 'float32', shape: [3, 2] }]] as const);
  const given = await SafetensorsWriter.create(file, infos);
  await given.discard();
  const writer = await SafetensorsWriter.create(file, infos);
  await writer.writeRows('x', 2, float32Tensor(Float32Array.of(5, 6), [1, 2]));
  await assert.rejects(writer.writeRows('x', 2, float32Tensor(new Float32Array(4), [2, 2])), RangeError);
  await assert.rejects(writer.writeRows('x', 0, float32Tensor(new Float32Array(3), [1, 3])), RangeError);
  assert.ok(!readdirSync(folder).includes('written.safetensors'));
  await writer.finish();
  assert.ok(!readdirSync(folder).includes('written.safetensors.partial'));
  assert.deepEqual((await readSafetensors(file)).get('x')?.data, Float32Array.of(0, 0, 0, 0, 5, 6));
});

test('SafetensorsWriter leaves nothing behind where the file system cannot hold the file', async () => {
  // 2^62 bytes: beyond the file sizes that any system has.
  const infos = new Map([['x', { dtype: 'float32', shape: [2 ** 30, 2 ** 30] }]] as const);
  await assert.rejects(SafetensorsWriter.create(path.join(folder, 'vast'), infos), {
    code: 'OUTPUT_UNUSABLE',
  });
  assert.ok(!readdirSync(folder).some((name) => name.startsWith('vast')));
});

test('Files that are missing or cannot be written are named with their own codes', async () => {
  assert.equal(await codeOf(path.join(folder, 'absent')), 'INPUT_NOT_FOUND');
  assert.equal(await codeOf(folder), 'INPUT_UNREADABLE');
  await assert.rejects(
    writeSafetensors(path.join(folder, 'absent', 'x'), tensors),
    (error) => error instanceof PipelineError && error.code === 'OUTPUT_UNUSABLE',
  );
});

const entry = (shape: readonly number[], offsets: readonly number[], dtype = 'F32'): object => ({
  dtype,
  shape,
  data_offsets: offsets,
});
const HOSTILE: readonly (readonly [string, () => string])[] = [
  ['an empty file', () => (writeFileSync(path.join(folder, 'empty'), ''), path.join(folder, 'empty'))],
  ['a header longer than the file', () => fileOf('{}', undefined, 1000n)],
  ['a header of 2^63 bytes', () => fileOf('{}', undefined, 2n ** 63n)],
  ['a header that is no JSON', () => fileOf('{"a":')],
  ['a header that is a list', () => fileOf('[1]')],
  ['a header that is not UTF-8', () => fileOf(Uint8Array.of(0x7b, 0xff, 0x7d))],
  [
    'an unknown element type',
    () => fileOf(JSON.stringify({ a: entry([1], [0, 2], 'BF16') }), new Uint8Array(2)),
  ],
  ['a negative size', () => fileOf(JSON.stringify({ a: entry([-1], [0, 4]) }), new Uint8Array(4))],
  [
    'sizes whose product overflows',
    () => fileOf(JSON.stringify({ a: entry([2 ** 40, 2 ** 40], [0, 4]) }), new Uint8Array(4)),
  ],
  [
    'a length that is not the shape',
    () => fileOf(JSON.stringify({ a: entry([2], [0, 4]) }), new Uint8Array(4)),
  ],
  ['offsets backwards', () => fileOf(JSON.stringify({ a: entry([1], [4, 0]) }), new Uint8Array(4))],
  ['data beyond the end', () => fileOf(JSON.stringify({ a: entry([2], [0, 8]) }), new Uint8Array(4))],
  ['bytes after the last tensor', () => fileOf(JSON.stringify({ a: entry([1], [0, 4]) }), new Uint8Array(8))],
  [
    'overlapping tensors',
    () => fileOf(JSON.stringify({ a: entry([1], [0, 4]), b: entry([1], [0, 4]) }), new Uint8Array(4)),
  ],
  ['a gap', () => fileOf(JSON.stringify({ a: entry([1], [4, 8]) }), new Uint8Array(8))],
];

for (const [what, make] of HOSTILE) {
  test(`readSafetensors() refuses ${what} as TENSORS_INVALID`, async () => {
    assert.equal(await codeOf(make()), 'TENSORS_INVALID');
  });
}

test('readSafetensors() accepts a header with metadata', async () => {
  const header = JSON.stringify({ __metadata__: { format: 'pt' }, a: entry([1], [0, 4]) });
  assert.equal(await codeOf(fileOf(header, new Uint8Array(4))), 'none');
});

test('readSafetensors() gives tensors or TENSORS_INVALID for any damage to a good file', async () => {
  const file = path.join(folder, 'good.safetensors');
  await writeSafetensors(file, tensors);
  const good = readFileSync(file);
  const damaged = path.join(folder, 'damaged.safetensors');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.nat(good.length),
      async (changes, length) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        writeFileSync(damaged, bytes.subarray(0, Math.max(length, good.length - 300)));
        assert.ok(['none', 'TENSORS_INVALID'].includes(await codeOf(damaged)));
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});
