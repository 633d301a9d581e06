import { availableParallelism } from 'node:os';
import { parseCount, parseName } from '../cli/options.ts';
import { DEVICES } from '../core/index.ts';
import type { Device } from '../core/index.ts';
import { gpuBench } from './gpu/compare.ts';
import { benchCommand, parseCounts, parsed, progressLine, publish } from './publish.ts';
import type { CommonFlags } from './publish.ts';
import { TRAINING_SIZES } from './training/sizes.ts';
import type { TrainingSizes } from './training/sizes.ts';
import { findTorch } from './training/torch.ts';

interface GpuFlags extends CommonFlags {
  readonly python?: string;
  readonly devices: readonly Device[];
  readonly rounds: number;
  readonly batches: readonly number[];
  readonly pieces: number;
  readonly warmUpSteps: number;
  readonly steps: number;
  readonly threads: number;
  readonly sizes: TrainingSizes;
}

const flags = parsed(
  benchCommand('gpu', 'Training steps and embeddings of the paper profile on every device that opens')
    .option('--python <path>', 'Python with torch; NIGHTJAR_BENCH_PYTHON or python3 by default')
    .option('--devices <d,…>', `only these of ${DEVICES.join(', ')}`, parseDevices, DEVICES)
    .option('--rounds <n>', 'fresh processes of each variant', parseCount, 5)
    .option('--batches <n,…>', 'objects of a step', parseCounts, [128])
    .option('--pieces <n>', 'objects encoded at a time within the graph on the CPU', parseCount, 8)
    .option('--warm-up-steps <n>', 'steps of each process before the counted ones', parseCount, 3)
    .option('--steps <n>', 'counted steps of each process', parseCount, 10)
    .option('--threads <n>', 'threads on the CPU; all cores by default', parseCount, availableParallelism())
    .option('--sizes <name>', TRAINING_SIZES.join(' or '), parseName(TRAINING_SIZES), 'paper'),
).opts<GpuFlags>();
publish(
  await gpuBench({
    sizes: flags.sizes,
    devices: flags.devices,
    rounds: flags.rounds,
    batches: flags.batches,
    pieceRows: flags.pieces,
    warmUpSteps: flags.warmUpSteps,
    steps: flags.steps,
    threads: flags.threads,
    python: findTorch(flags.python),
    onProgress: progressLine,
  }),
  flags,
);

function parseDevices(text: string): readonly Device[] {
  return text.split(',').map(parseName(DEVICES));
}
