import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { DEVICES } from '../../core/index.ts';
import { GraphBuilder } from '../ir/builder.ts';
import { writeOnnx } from '../onnx/write-onnx.ts';
import { float32Tensor } from '../tensor.ts';
import { openModel } from './runtime.ts';

// Entry of a process that tries a device with one matrix product, and may crash or hang in its driver.

/** What the process sends, once, if it lives. */
export type ProbeMessage =
  | { readonly isThere: true; readonly isSoftware: boolean }
  | { readonly isThere: false; readonly message: string };

/** Files that a driver of a real GPU on Linux holds open while the device is in use: DRM, NVIDIA, WSL, Mali, Adreno. */
const GPU_FILE = /^\/dev\/(dri\/|nvidia|dxg|mali|kgsl)/;
const OPEN_FILES = '/proc/self/fd';

async function probe(name: string | undefined): Promise<ProbeMessage> {
  const device = DEVICES.find((known) => known === name);
  if (device === undefined) throw new TypeError(`Cannot probe a device as it must be named: ${name}`);
  try {
    const model = await openModel(product(), {
      device,
      intraOpThreads: 1,
      turn: null,
      isStrict: true,
      logLevel: 'error',
    });
    const x = float32Tensor(Float32Array.of(1, 2, 3, 4), [2, 2]);
    const { y } = await model.run({ x });
    const isSoftware = process.platform === 'linux' && !holdsGpuFile();
    await model.release();
    const numbers = [...(y?.data ?? [])].join();
    return numbers === '7,10,15,22'
      ? { isThere: true, isSoftware }
      : { isThere: false, message: `a product of matrices is wrong: current value is ${numbers}` };
  } catch (error) {
    return { isThere: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** A square matrix times itself: small whole numbers, which every device computes exactly. */
function product(): Uint8Array {
  const g = new GraphBuilder('probe');
  const x = g.input('x', 'float32', [2, 2]);
  g.output('y', g.matmul(x, x));
  return writeOnnx(g.build(), new Map());
}

function holdsGpuFile(): boolean {
  return readdirSync(OPEN_FILES).some((name) => {
    try {
      return GPU_FILE.test(readlinkSync(path.join(OPEN_FILES, name)));
    } catch {
      // The listing's own file is closed by now.
      return false;
    }
  });
}

const message = await probe(process.argv[2]);
// Not until it is sent: a driver may crash while the process ends.
process.send?.(message, () => process.exit(0));
