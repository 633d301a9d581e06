import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gpuBench } from '../../bench/gpu/compare.ts';
import { findDevices } from '../../bench/gpu/find-devices.ts';
import { startSoftwareGpu } from '../helpers/services/software-gpu.ts';

test('gpuBench() keeps the state of training on a WebGPU device, with the losses of the CPU', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  const { figures } = await gpuBench({
    sizes: 'tiny',
    devices: ['cpu', 'webgpu'],
    rounds: 1,
    batches: [3],
    pieceRows: 2,
    warmUpSteps: 1,
    steps: 2,
    threads: 1,
    python: null,
    onProgress: () => undefined,
  });
  const [cpu = NaN, webgpu = NaN] = ['cpu', 'webgpu'].map(
    (device) => figures[`b3.${device}.nightjar.train.firstLoss`]?.raw[0],
  );
  assert.ok(Math.abs(webgpu / cpu - 1) < 1e-4);
  assert.ok((figures['b3.webgpu.nightjar.embed.stepMs']?.raw[0] ?? 0) > 0);
});

test('findDevices() leaves a software device out of measurements at the published sizes', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  const [webgpu] = await findDevices({ devices: ['webgpu'], withSoftware: false });
  assert.match(webgpu?.leftOut ?? '', /software device/);
});
