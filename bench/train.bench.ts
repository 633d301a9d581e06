import { availableParallelism } from 'node:os';
import { parseCount, parseName } from '../cli/options.ts';
import { benchCommand, parseCounts, parsed, progressLine, publish } from './publish.ts';
import type { CommonFlags } from './publish.ts';
import { trainBench } from './train/compare.ts';
import { TRAINING_SIZES } from './training/sizes.ts';
import type { TrainingSizes } from './training/sizes.ts';
import { findTorch } from './training/torch.ts';

interface TrainFlags extends CommonFlags {
  readonly python?: string;
  readonly rounds: number;
  readonly batches: readonly number[];
  readonly pieces: number;
  readonly warmUpSteps: number;
  readonly steps: number;
  readonly threads: number;
  readonly sizes: TrainingSizes;
}

const flags = parsed(
  benchCommand(
    'train',
    'Training steps of the paper profile on the CPU; beside PyTorch where a Python has it',
  )
    .option('--python <path>', 'Python with torch; NIGHTJAR_BENCH_PYTHON or python3 by default')
    .option('--rounds <n>', 'fresh processes of each variant', parseCount, 5)
    .option('--batches <n,…>', 'objects of a step', parseCounts, [32, 128])
    .option('--pieces <n>', 'objects encoded at a time within the graph', parseCount, 8)
    .option('--warm-up-steps <n>', 'steps of each process before the counted ones', parseCount, 2)
    .option('--steps <n>', 'counted steps of each process', parseCount, 5)
    .option(
      '--threads <n>',
      'threads of both sides; all cores by default',
      parseCount,
      availableParallelism(),
    )
    .option('--sizes <name>', TRAINING_SIZES.join(' or '), parseName(TRAINING_SIZES), 'paper'),
).opts<TrainFlags>();
publish(
  await trainBench({
    sizes: flags.sizes,
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
