import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PipelineError } from '../../core/index.ts';
import {
  embedTensors,
  float32Tensor,
  int64Tensor,
  openRelease,
  readSafetensors,
  SafetensorsFile,
  writeSafetensors,
} from '../../model/index.ts';
import type { EmbedProgress, EmbedSummary, Release, Tensor } from '../../model/index.ts';
import { drawnTensor, smallInputs, writeSmallRelease } from '../helpers/paper-weights.ts';
import { numbersOf } from '../helpers/run-graph.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nightjar-embed-'));
const outFile = path.join(folder, 'out.safetensors');
/** More than one batch, and not a whole number of them. */
const ROWS = 70;
const inputs = smallInputs(ROWS);
let release: Release;

before(async () => {
  release = await openRelease(await writeSmallRelease(folder));
});

after(() => {
  rmSync(folder, { recursive: true });
});

async function embed(tensors: ReadonlyMap<string, Tensor>, workers = 1): Promise<EmbedSummary> {
  const file = path.join(folder, 'in.safetensors');
  await writeSafetensors(file, tensors);
  const input = await SafetensorsFile.open(file);
  try {
    return await embedTensors({ release, input, outFile, workers });
  } finally {
    await input.close();
  }
}

async function embedded(
  tensors: ReadonlyMap<string, Tensor>,
  workers = 1,
): Promise<ReadonlyMap<string, Tensor>> {
  await embed(tensors, workers);
  return readSafetensors(outFile);
}

test('embedTensors() writes unit rows per modality and their mean, the same for any number of workers', async () => {
  const out = await embedded(inputs);
  const parts = ['out.photometry', 'out.spectra', 'out.metadata'].map((name) => numbersOf(out.get(name)));
  for (const part of parts) {
    assert.equal(part.length, ROWS * 8);
    for (let row = 0; row < ROWS; row++)
      assert.ok(Math.abs(Math.hypot(...part.slice(row * 8, (row + 1) * 8)) - 1) < 1e-6);
  }
  numbersOf(out.get('out.mean')).forEach((value, i) => {
    const mean = parts.reduce((sum, part) => sum + (part[i] ?? Number.NaN), 0) / 3;
    assert.ok(Math.abs(value - mean) < 1e-7);
  });
  assert.deepEqual(await embedded(inputs, 2), out);
});

test('embedTensors() leaves a missing modality out, and its mean is over those that are there', async () => {
  const all = await embedded(inputs);
  const some = await embedded(new Map([...inputs].filter(([name]) => name !== 'in.spectra')));
  assert.deepEqual([...some.keys()].sort(), ['out.mean', 'out.metadata', 'out.photometry']);
  assert.deepEqual(some.get('out.photometry'), all.get('out.photometry'));
  const [p, m] = ['out.photometry', 'out.metadata'].map((name) => numbersOf(some.get(name)));
  numbersOf(some.get('out.mean')).forEach((value, i) => {
    assert.ok(Math.abs(value - ((p?.[i] ?? Number.NaN) + (m?.[i] ?? Number.NaN)) / 2) < 1e-7);
  });
});

test("embedTensors() takes the file's sampled keys instead of the release's", async () => {
  const sample = int64Tensor(
    BigInt64Array.from({ length: 36 }, (_, i) => BigInt(i % 12)),
    [12, 3],
  );
  const out = await embedded(new Map([...inputs, ['in.index_sample', sample] as const]));
  assert.notDeepEqual(out.get('out.photometry'), (await embedded(inputs)).get('out.photometry'));
});

test('embedTensors() refuses tensors that do not fit, and leaves no output', async () => {
  const refused = async (name: string, tensor: Tensor | null, pattern: RegExp): Promise<void> => {
    const tensors = new Map(inputs);
    if (tensor === null) tensors.delete(name);
    else tensors.set(name, tensor);
    rmSync(outFile, { force: true });
    await assert.rejects(embed(tensors), (error) => {
      assert.ok(error instanceof PipelineError && error.code === 'TENSORS_INVALID', String(error));
      assert.match(error.message, pattern);
      return true;
    });
    assert.ok(!existsSync(outFile) && !existsSync(`${outFile}.partial`));
  };
  await refused('in.mask', null, /"in.mask" must be float32\[70, 12\]: current value is none/);
  await refused('in.metadata', drawnTensor([ROWS - 1, 34]), /"in.metadata" must be float32\[70, 34\]/);
  await refused('in.spectra', drawnTensor([ROWS, 3, 9]), /current value is float32\[70, 3, 9\]/);
  const notFinite = Float32Array.from(numbersOf(drawnTensor([ROWS, 34]))).with(2100, Number.NaN);
  await refused('in.metadata', float32Tensor(notFinite, [ROWS, 34]), /must be finite: rows 32 to 63/);
  const outside = int64Tensor(new BigInt64Array(36).fill(12n), [12, 3]);
  await refused('in.index_sample', outside, /steps below 12: current value is 12/);
});

test('embedTensors() refuses a file without any modality, and says which there are', async () => {
  await assert.rejects(embed(new Map([['in.other', drawnTensor([1])]])), {
    code: 'TENSORS_INVALID',
    message: /it has none of "in.photometry", "in.spectra", "in.metadata"$/,
  });
});

test('embedTensors() fails where finite numbers give an embedding that is not, and leaves no output', async () => {
  rmSync(outFile, { force: true });
  const vast = float32Tensor(new Float32Array(ROWS * 34).fill(3e38), [ROWS, 34]);
  await assert.rejects(embed(new Map([['in.metadata', vast]])), {
    code: 'INFERENCE_FAILED',
    message: /"out.metadata" must be finite: rows \d+ to \d+ give other numbers$/,
  });
  assert.ok(!existsSync(outFile) && !existsSync(`${outFile}.partial`));
});

test('embedTensors() tells how far it is, and ends with the reason of its signal without output', async () => {
  const file = path.join(folder, 'in.safetensors');
  await writeSafetensors(file, inputs);
  const reason = new Error('enough');
  for (const workers of [1, 2]) {
    const told: number[] = [];
    const input = await SafetensorsFile.open(file);
    const onProgress = ({ rows, total }: EmbedProgress): void => {
      assert.equal(total, ROWS);
      told.push(rows);
    };
    try {
      await embedTensors({ release, input, outFile, workers, onProgress });
      assert.deepEqual(
        told,
        told.toSorted((a, b) => a - b),
      );
      assert.equal(told.length, Math.ceil(ROWS / 32));
      assert.equal(told.at(-1), ROWS);
      rmSync(outFile);
      const aborted = AbortSignal.abort(reason);
      await assert.rejects(embedTensors({ release, input, outFile, workers, signal: aborted }), reason);
      const controller = new AbortController();
      const stop = (): void => {
        controller.abort(reason);
      };
      const { signal } = controller;
      await assert.rejects(
        embedTensors({ release, input, outFile, workers, signal, onProgress: stop }),
        reason,
      );
      assert.ok(!existsSync(outFile) && !existsSync(`${outFile}.partial`));
    } finally {
      await input.close();
    }
  }
});
