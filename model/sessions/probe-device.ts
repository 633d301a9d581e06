import { fork } from 'node:child_process';
import type { Device } from '../../core/index.ts';
import type { ProbeMessage } from './device-probe.ts';
import { probeFault } from './probe-fault.ts';
import { declineRuntimeTelemetry } from './runtime-telemetry.ts';

/** A device that may not be there. */
export type Accelerator = Exclude<Device, 'cpu'>;

/** What was found of a device. */
export type DeviceProbe =
  | {
      readonly isThere: true;
      /** True if the CPU computes what a GPU should, as the drivers SwiftShader and lavapipe do; known on Linux only. */
      readonly isSoftware: boolean;
    }
  | {
      readonly isThere: false;
      /** Why not, in words: "libvulkan.so.1 is not installed". */
      readonly reason: string;
    };

/** Time for a driver to start, to compile one program and to run it: SwiftShader takes 0.5 s, so that only a hang meets it. */
export const DEVICE_PROBE_MS_MAX = 60_000;

/** Characters of a driver's complaints that are looked at. */
const LOG_LENGTH_MAX = 16 * 1024;

export interface ProbeOptions {
  /** What the process sees; what this one does by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** Until the process is killed. */
  readonly timeoutMs?: number;
}

/**
 * Tries a device with one small product, in a process of its own: a driver that crashes or hangs takes nothing with it.
 *
 * @returns what was found; nothing that a driver does is thrown
 */
export function probeDevice(
  device: Accelerator,
  { env = process.env, timeoutMs = DEVICE_PROBE_MS_MAX }: ProbeOptions = {},
): Promise<DeviceProbe> {
  declineRuntimeTelemetry();
  // Compiled and source files lie side by side with their own extensions.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const child = fork(new URL(`./device-probe.${extension}`, import.meta.url), [device], {
    env: { ORT_DISABLE_TELEMETRY: process.env['ORT_DISABLE_TELEMETRY'], ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(0, LOG_LENGTH_MAX);
  });
  return new Promise((resolve) => {
    // Typed so that the callback's assignment counts.
    let answer = null as ProbeMessage | null;
    child.once('message', (message) => {
      // The child, whose only message this is, sends this type.
      answer = message as ProbeMessage;
    });
    child.once('error', ({ message }) => {
      resolve({ isThere: false, reason: `the process that tries its driver cannot be started: ${message}` });
    });
    child.once('close', (status, signal) => {
      if (answer?.isThere === true) {
        resolve(answer);
        return;
      }
      const end = signal === null ? `exit status is ${status ?? 'none'}` : `signal is ${signal}`;
      const silence = child.killed
        ? `its driver did not answer within ${timeoutMs / 1000} s`
        : `its driver ended the process that tried it: current ${end}`;
      resolve({ isThere: false, reason: answer === null ? silence : probeFault(answer.message, log) });
    });
  });
}
