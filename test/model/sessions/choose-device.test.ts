import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseDevice, noticeDevice } from '../../../model/index.ts';
import type { Accelerator, DeviceProbe } from '../../../model/index.ts';
import { hasCode } from '../../helpers/has-code.ts';

const HARDWARE: DeviceProbe = { isThere: true, isSoftware: false };
const SOFTWARE: DeviceProbe = { isThere: true, isSoftware: true };
const ABSENT: DeviceProbe = { isThere: false, reason: 'its driver is not there' };

/** A machine with these devices. */
const machine =
  (devices: { readonly [D in Accelerator]: DeviceProbe }) =>
  (device: Accelerator): Promise<DeviceProbe> =>
    Promise.resolve(devices[device]);

test('chooseDevice() gives the device that is named, software or not, or fails in one line', async () => {
  const found = machine({ cuda: ABSENT, webgpu: SOFTWARE });
  assert.deepEqual(await chooseDevice('cpu', found), { device: 'cpu', reason: null });
  assert.deepEqual(await chooseDevice('webgpu', found), { device: 'webgpu', reason: null });
  await assert.rejects(chooseDevice('cuda', found), {
    code: 'DEVICE_UNAVAILABLE',
    message:
      'Cannot run on device "cuda" as it needs an NVIDIA device and ONNX Runtime\'s CUDA libraries: its driver is not there',
  });
  await assert.rejects(
    chooseDevice('webgpu', machine({ cuda: ABSENT, webgpu: ABSENT })),
    hasCode('DEVICE_UNAVAILABLE'),
  );
});

test('chooseDevice() takes CUDA, else a WebGPU device of hardware, else the CPU, and says why', async () => {
  const cases = [
    [{ cuda: HARDWARE, webgpu: HARDWARE }, 'cuda', /^CUDA opens$/],
    [{ cuda: ABSENT, webgpu: HARDWARE }, 'webgpu', /^CUDA does not open \(.*\), and WebGPU has a device$/],
    [{ cuda: ABSENT, webgpu: SOFTWARE }, 'cpu', /and WebGPU has a software device only/],
    [{ cuda: ABSENT, webgpu: ABSENT }, 'cpu', /nor does WebGPU \(its driver is not there\)$/],
  ] as const;
  for (const [devices, expected, why] of cases) {
    const { device, reason } = await chooseDevice('auto', machine(devices));
    assert.equal(device, expected);
    assert.match(reason ?? '', why);
  }
});

test('noticeDevice() tells what was chosen, and nothing of what was named', () => {
  const told: string[] = [];
  const notice = (text: string): unknown => told.push(text);
  noticeDevice({ device: 'cpu', reason: null }, notice);
  noticeDevice({ device: 'cuda', reason: 'CUDA opens' }, notice);
  assert.deepEqual(told, ['device cuda chosen: CUDA opens']);
});
