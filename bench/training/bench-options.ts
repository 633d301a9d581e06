import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { parseCount, parseName } from '../../cli/options.ts';
import { benchCommand, parseCounts, progressLine } from '../publish.ts';
import type { CommonFlags } from '../publish.ts';
import { TRAINING_SIZES } from './sizes.ts';
import type { TrainingSizes } from './sizes.ts';
import { findTorch } from './torch.ts';
import type { TorchPython } from './torch.ts';

/** What every measurement of training steps is told. */
export interface TrainingBenchOptions {
  readonly sizes: TrainingSizes;
  readonly rounds: number;
  /** Objects of a step, and of a batch that is embedded. */
  readonly batches: readonly number[];
  /** Objects that are encoded at a time within the graph of a step on the CPU. */
  readonly pieceRows: number;
  /** Steps of each process before the counted ones. */
  readonly warmUpSteps: number;
  /** Counted steps of each process; its figure is their median. */
  readonly steps: number;
  /** Threads of one operator on the CPU. */
  readonly threads: number;
  /** `null` measures Nightjar alone. */
  readonly python: TorchPython | null;
  readonly onProgress: (what: string) => void;
}

export interface TrainingFlags extends CommonFlags {
  readonly python?: string;
  readonly rounds: number;
  readonly batches: readonly number[];
  readonly pieces: number;
  readonly warmUpSteps: number;
  readonly steps: number;
  readonly threads: number;
  readonly sizes: TrainingSizes;
}

/** The command of a measurement of training steps, with the flags that all have. */
export function trainingBenchCommand(
  name: string,
  description: string,
  defaults: Pick<TrainingFlags, 'batches' | 'warmUpSteps' | 'steps'>,
): Command {
  return benchCommand(name, description)
    .option('--python <path>', 'Python with torch; NIGHTJAR_BENCH_PYTHON or python3 by default')
    .option('--rounds <n>', 'fresh processes of each variant', parseCount, 5)
    .option('--batches <n,…>', 'objects of a step', parseCounts, defaults.batches)
    .option('--pieces <n>', 'objects encoded at a time within the graph on the CPU', parseCount, 8)
    .option(
      '--warm-up-steps <n>',
      'steps of each process before the counted ones',
      parseCount,
      defaults.warmUpSteps,
    )
    .option('--steps <n>', 'counted steps of each process', parseCount, defaults.steps)
    .option('--threads <n>', 'threads on the CPU; all cores by default', parseCount, availableParallelism())
    .option('--sizes <name>', TRAINING_SIZES.join(' or '), parseName(TRAINING_SIZES), 'paper');
}

/** What the flags say. */
export function trainingBenchOptions({ pieces, python, ...flags }: TrainingFlags): TrainingBenchOptions {
  const { sizes, rounds, batches, warmUpSteps, steps, threads } = flags;
  return {
    sizes,
    rounds,
    batches,
    pieceRows: pieces,
    warmUpSteps,
    steps,
    threads,
    python: findTorch(python),
    onProgress: progressLine,
  };
}
