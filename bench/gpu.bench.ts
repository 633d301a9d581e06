import { parseName } from '../cli/options.ts';
import { DEVICES } from '../core/index.ts';
import type { Device } from '../core/index.ts';
import { gpuBench } from './gpu/compare.ts';
import { parsed, publish } from './publish.ts';
import { trainingBenchCommand, trainingBenchOptions } from './training/bench-options.ts';
import type { TrainingFlags } from './training/bench-options.ts';

interface GpuFlags extends TrainingFlags {
  readonly devices: readonly Device[];
}

const WHAT = 'Training steps and embeddings of the paper profile on every device that opens';

const flags = parsed(
  trainingBenchCommand('gpu', WHAT, { batches: [128], warmUpSteps: 3, steps: 10 }).option(
    '--devices <d,…>',
    `only these of ${DEVICES.join(', ')}`,
    parseDevices,
    DEVICES,
  ),
).opts<GpuFlags>();
publish(await gpuBench({ ...trainingBenchOptions(flags), devices: flags.devices }), flags);

function parseDevices(text: string): readonly Device[] {
  return text.split(',').map(parseName(DEVICES));
}
