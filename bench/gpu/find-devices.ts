import { spawnSync } from 'node:child_process';
import type { Device } from '../../core/index.ts';
import { probeDevice } from '../../model/index.ts';

/** A device that was looked for. */
export interface FoundDevice {
  readonly device: Device;
  /** Why it is not measured; `null` where it is. */
  readonly leftOut: string | null;
}

export interface FindDevicesOptions {
  /** In the order of the table. */
  readonly devices: readonly Device[];
  /** Whether a software device, which the CPU computes, is measured too. */
  readonly withSoftware: boolean;
}

/** Tries devices one after the other. */
export async function findDevices({
  devices,
  withSoftware,
}: FindDevicesOptions): Promise<readonly FoundDevice[]> {
  const found: FoundDevice[] = [];
  for (const device of devices)
    found.push({ device, leftOut: device === 'cpu' ? null : await fault(device, withSoftware) });
  return found;
}

async function fault(device: Exclude<Device, 'cpu'>, withSoftware: boolean): Promise<string | null> {
  const probe = await probeDevice(device);
  if (!probe.isThere) return probe.reason;
  if (!probe.isSoftware || withSoftware) return null;
  return 'it is a software device, which the CPU computes: only `--sizes tiny` is measured there';
}

/** Name and driver of each NVIDIA device, as `nvidia-smi` gives them; `null` where that does not run. */
export function nvidiaName(): string | null {
  const query = ['--query-gpu=name,driver_version', '--format=csv,noheader'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8' });
  return status === 0 ? stdout.trim().replaceAll('\n', '; ') : null;
}
