import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Device, Embedding } from '../../core/index.ts';
import {
  chooseDevice,
  createEmbedder,
  createSessionPool,
  embedTensors,
  float32Tensor,
  openRelease,
  probeDevice,
  readSafetensors,
  SafetensorsFile,
  writeOnnx,
  writeSafetensors,
} from '../../model/index.ts';
import type { Tensor } from '../../model/index.ts';
import { joinedObject, SOME_METADATA, someSpectrum } from '../helpers/joined-object.ts';
import { nightjar, startNightjar } from '../helpers/nightjar.ts';
import { drawnTensor, smallInputs, writeSmallRelease } from '../helpers/paper-weights.ts';
import { graphOf, numbersOf } from '../helpers/run-graph.ts';
import { startSoftwareGpu } from '../helpers/services/software-gpu.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Of unit vectors in float32: another order of sums moves their elements by some 1e-7, a wrong kernel by far more. */
const TOLERANCE = 1e-4;

function assertClose(got: ArrayLike<number>, want: ArrayLike<number>): void {
  assert.equal(got.length, want.length);
  const apart = Array.from(want, (value, i) => Math.abs((got[i] ?? NaN) - value));
  assert.ok(
    apart.every((difference) => difference <= TOLERANCE),
    `up to ${Math.max(...apart)} apart`,
  );
}

/** A folder with the small model's release and a file of its inputs. */
async function smallModel(context: TestContext): Promise<{
  readonly folder: string;
  readonly release: string;
  readonly input: string;
}> {
  const folder = await temporaryFolder(context);
  const input = path.join(folder, 'in.safetensors');
  await writeSafetensors(input, smallInputs(5));
  return { folder, release: await writeSmallRelease(folder), input };
}

test('a software device is found as such: auto takes the CPU, and says why', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  assert.deepEqual(await probeDevice('webgpu'), { isThere: true, isSoftware: true });
  assert.deepEqual(await chooseDevice('webgpu'), { device: 'webgpu', reason: null });
  const noCuda = async (device: 'webgpu' | 'cuda'): ReturnType<typeof probeDevice> =>
    device === 'cuda' ? { isThere: false, reason: 'none' } : probeDevice(device);
  const { device, reason } = await chooseDevice('auto', noCuda);
  assert.equal(device, 'cpu');
  assert.match(reason ?? '', /^CUDA does not open \(none\), and WebGPU has a software device only/);
});

test('the paper profile embeds on webgpu what it does on the CPU', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  const { folder, release: name, input: file } = await smallModel(context);
  const release = await openRelease(name);
  const embedded = async (device: Device): Promise<ReadonlyMap<string, Tensor>> => {
    const outFile = path.join(folder, `${device}.safetensors`);
    const input = await SafetensorsFile.open(file);
    try {
      await embedTensors({ release, input, outFile, workers: 1, device });
    } finally {
      await input.close();
    }
    return readSafetensors(outFile);
  };
  const [want, got] = [await embedded('cpu'), await embedded('webgpu')];
  assert.deepEqual([...got.keys()], [...want.keys()]);
  for (const [output, tensor] of want) assertClose(numbersOf(got.get(output)), numbersOf(tensor));
});

test('the shipped release embeds on webgpu what it does on the CPU', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  const release = await openRelease('default');
  const objects = [3, 40, 120].map((points, i) =>
    joinedObject(points, {
      seed: i,
      metadata: i === 0 ? {} : SOME_METADATA,
      spectrum: i === 1 ? someSpectrum(i) : null,
    }),
  );
  const embedded = async (device: Device): Promise<readonly Embedding[]> => {
    const embedder = await createEmbedder({ release, workers: 1, device });
    try {
      return await embedder.embed(objects);
    } finally {
      await embedder.close();
    }
  };
  const [want, got] = [await embedded('cpu'), await embedded('webgpu')];
  for (const [i, embedding] of want.entries()) {
    const other = got[i];
    assert.ok(other !== undefined);
    assert.equal(other.mask, embedding.mask);
    for (const modality of ['photometry', 'spectrum', 'metadata'] as const)
      assertClose(other[modality] ?? [], embedding[modality] ?? []);
  }
});

test('workers of several pools take turns on webgpu, and each gets its own results', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  const graph = graphOf('product', (g) => {
    const x = g.input('x', 'float32', ['rows', 16]);
    return { y: g.softmax(g.matmul(x, g.transpose(x, [1, 0]))) };
  });
  const onnx = writeOnnx(graph, new Map());
  const inputs = Array.from({ length: 24 }, (_, i) => drawnTensor([2 + (i % 5), 16], `${i}`));
  const outputs = async (workers: number, device: Device): Promise<readonly number[][]> => {
    const pool = createSessionPool({ workers, device });
    try {
      await pool.load('product', onnx);
      const results = await Promise.all(inputs.map((x) => pool.run('product', { x })));
      return results.map(({ y }) => numbersOf(y));
    } finally {
      await pool.close();
    }
  };
  const want = await outputs(1, 'cpu');
  for (const got of await Promise.all([outputs(2, 'webgpu'), outputs(2, 'webgpu')]))
    for (const [i, numbers] of want.entries()) assertClose(got[i] ?? [], numbers);
});

test('a convolution on webgpu is right for every number of channels', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  const pools = (['cpu', 'webgpu'] as const).map((device) => createSessionPool({ workers: 1, device }));
  context.after(() => Promise.all(pools.map((pool) => pool.close())));
  for (const [inputs, outputs] of [
    [3, 8],
    [5, 8],
    [6, 8],
    [9, 4],
    [12, 16],
    [15, 8],
  ] as const) {
    const graph = graphOf(`${inputs} to ${outputs}`, (g) => {
      const x = g.input('x', 'float32', [2, inputs, 14]);
      return { y: g.conv1d(x, g.input('weight', 'float32', [outputs, inputs, 3])) };
    });
    const feeds = { x: drawnTensor([2, inputs, 14]), weight: drawnTensor([outputs, inputs, 3]) };
    const [want, got] = await Promise.all(
      pools.map(async (pool) => {
        await pool.load(graph.name, writeOnnx(graph, new Map()));
        return numbersOf((await pool.run(graph.name, feeds))['y']);
      }),
    );
    assertClose(got ?? [], want ?? []);
  }
});

test('a lost worker leaves the turn on webgpu to the others', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  const graph = graphOf('double', (g) => ({ y: g.mul(g.input('x', 'float32', ['n']), 2) }));
  const pool = createSessionPool({ workers: 2, device: 'webgpu' });
  context.after(() => pool.close());
  await pool.load('double', writeOnnx(graph, new Map()));
  await pool.loadTask('exit', new URL('data:text/javascript,export const runTask = () => process.exit(3)'));
  await assert.rejects(pool.runTask('exit', null), /its thread ended/);
  const { y } = await pool.run('double', { x: float32Tensor(Float32Array.of(1, 2), [2]) });
  assert.deepEqual(numbersOf(y), [2, 4]);
});

test('nightjar embed --device runs on what is named, and fails in one line where that is not there', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  const { folder, release, input } = await smallModel(context);
  const outFile = path.join(folder, 'out.safetensors');
  const args = ['embed', '--release', release, '--in', input, '--out', outFile, '--device'];
  const run = await nightjar(...args, 'webgpu');
  assert.deepEqual([run.status, run.err], [0, '']);
  const none = { VK_DRIVER_FILES: '/none.json', VK_ICD_FILENAMES: '/none.json', CUDA_VISIBLE_DEVICES: '-1' };
  const lost = await startNightjar([...args, 'webgpu'], none).ended;
  assert.equal(lost.status, 1);
  assert.equal(
    lost.err,
    'nightjar: DEVICE_UNAVAILABLE: Cannot run on device "webgpu" as it needs a driver of a graphics device (Vulkan on ' +
      'Linux): there is no Vulkan driver\n',
  );
  const auto = await startNightjar([...args, 'auto'], none).ended;
  assert.equal(auto.status, 0);
  assert.match(
    auto.err,
    /^nightjar: device cpu chosen: CUDA does not open \(.*\), nor does WebGPU \(.*\)\n$/,
  );
});
