import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gpuBench } from '../../bench/gpu/compare.ts';
import type { GpuBenchOptions } from '../../bench/gpu/compare.ts';
import { rowsOf } from '../../bench/gpu/rows.ts';
import { lastLine } from '../../bench/rounds.ts';
import type { Figures } from '../../bench/rounds.ts';
import { writeTrainingCase } from '../../bench/training/training-case.ts';
import { measuringVariant } from '../../bench/training/variant-arguments.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const TINY: GpuBenchOptions = {
  sizes: 'tiny',
  devices: ['cpu'],
  rounds: 1,
  batches: [3],
  pieceRows: 2,
  warmUpSteps: 1,
  steps: 1,
  threads: 1,
  python: null,
  onProgress: () => undefined,
};

test('gpuBench() runs on the CPU alone, and says what it left out', async () => {
  const { figures, text, n } = await gpuBench(TINY);
  assert.deepEqual(n, { b3: 3 });
  for (const work of ['train', 'embed'])
    assert.ok((figures[`b3.cpu.nightjar.${work}.samplesPerSecond`]?.raw[0] ?? 0) > 0, work);
  assert.match(text, /Left out: PyTorch: no Python with torch was found/);
});

test('rowsOf() has the peer on the devices that it has, each beside the row of the same products', () => {
  const python = { command: 'python3', version: '3', torchVersion: '2', hasCuda: true };
  assert.deepEqual(
    rowsOf('cuda', python).map(({ name, beside }) => [name, beside]),
    [
      ['cuda.nightjar', null],
      ['cuda.nightjarHalf', null],
      ['cuda.nightjarSingle', null],
      ['cuda.eager', 'cuda.nightjar'],
      ['cuda.compile', 'cuda.nightjar'],
      ['cuda.half', 'cuda.nightjarHalf'],
      ['cuda.compiledHalf', 'cuda.nightjarHalf'],
    ],
  );
  const names = (device: 'cpu' | 'webgpu' | 'cuda', hasCuda: boolean): readonly string[] =>
    rowsOf(device, { ...python, hasCuda }).map(({ name }) => name);
  assert.deepEqual(names('cuda', false), ['cuda.nightjar', 'cuda.nightjarHalf', 'cuda.nightjarSingle']);
  assert.deepEqual(names('webgpu', true), ['webgpu.nightjar', 'webgpu.nightjarHalf']);
  assert.deepEqual(names('cpu', false), ['cpu.nightjar', 'cpu.eager', 'cpu.compile']);
});

test('Several measured steps in one call leave the state of single ones', async (context) => {
  const folder = await temporaryFolder(context);
  const measured = {
    case: await writeTrainingCase(folder, { sizes: 'tiny', batch: 3 }),
    pieceRows: 2,
    device: 'cpu',
    threads: 1,
    products: 'float32',
  } as const;
  const losses = (warmUpSteps: number, stepsPerCall: number): Figures => {
    const counts = { warmUpSteps, steps: 1, stepsPerCall };
    return lastLine(measuringVariant('steps', 'step-variant', { ...measured, ...counts })) as Figures;
  };
  const [loop, single] = [losses(2, 2), losses(2, 1)];
  // The first loss of the second call of two steps is that of the third step.
  assert.equal(loop['lastLoss'], single['lastLoss']);
  assert.equal(loop['firstLoss'], single['firstLoss']);
  assert.notEqual(loop['firstLoss'], loop['lastLoss']);
});
