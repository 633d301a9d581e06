import { PipelineError } from '../../core/index.ts';
import type { Device, DeviceChoice } from '../../core/index.ts';
import { probeDevice } from './probe-device.ts';
import type { Accelerator, DeviceProbe } from './probe-device.ts';

/** A device that runs, and why it is this one. */
export interface ChosenDevice {
  readonly device: Device;
  /** For `auto`, a clause about what was found; `null` where the user named the device. */
  readonly reason: string | null;
}

/** Tells a person in one line which device was chosen and why; nothing where the user named it. */
export function noticeDevice({ device, reason }: ChosenDevice, notice: (text: string) => void): void {
  if (reason !== null) notice(`device ${device} chosen: ${reason}`);
}

type Probe = (device: Accelerator) => Promise<DeviceProbe>;

/** What each device needs, for the line that says that it is not there. */
const NEEDS: { readonly [D in Accelerator]: string } = {
  webgpu: 'a driver of a graphics device (Vulkan on Linux)',
  cuda: "an NVIDIA device and ONNX Runtime's CUDA libraries",
};

/**
 * The device to run on. What is named is tried, and is what runs; `auto` is `cuda` if that opens, else `webgpu` on a
 * device that is not software, else `cpu`.
 *
 * @param probe how a device is tried
 * @throws PipelineError DEVICE_UNAVAILABLE if a named device is not there
 * @example
 * const { device, reason } = await chooseDevice('auto');
 * const pool = createSessionPool({ workers: 1, device });
 */
export async function chooseDevice(
  choice: DeviceChoice,
  probe: Probe = (device) => probeDevice(device),
): Promise<ChosenDevice> {
  if (choice === 'auto') return bestDevice(probe);
  if (choice !== 'cpu') requireThere(choice, await probe(choice));
  return { device: choice, reason: null };
}

async function bestDevice(probe: Probe): Promise<ChosenDevice> {
  const cuda = await probe('cuda');
  if (cuda.isThere) return { device: 'cuda', reason: 'CUDA opens' };
  const without = `CUDA does not open (${cuda.reason})`;
  const webgpu = await probe('webgpu');
  if (!webgpu.isThere) return { device: 'cpu', reason: `${without}, nor does WebGPU (${webgpu.reason})` };
  if (webgpu.isSoftware)
    return {
      device: 'cpu',
      reason: `${without}, and WebGPU has a software device only, which the CPU computes`,
    };
  return { device: 'webgpu', reason: `${without}, and WebGPU has a device` };
}

function requireThere(device: Accelerator, found: DeviceProbe): void {
  if (found.isThere) return;
  throw new PipelineError(
    'DEVICE_UNAVAILABLE',
    `Cannot run on device "${device}" as it needs ${NEEDS[device]}: ${found.reason}`,
  );
}
