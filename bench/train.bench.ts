import { parsed, publish } from './publish.ts';
import { trainBench } from './train/compare.ts';
import { trainingBenchCommand, trainingBenchOptions } from './training/bench-options.ts';
import type { TrainingFlags } from './training/bench-options.ts';

const WHAT = 'Training steps of the paper profile on the CPU; beside PyTorch where a Python has it';

const flags = parsed(
  trainingBenchCommand('train', WHAT, { batches: [32, 128], warmUpSteps: 2, steps: 5 }),
).opts<TrainingFlags>();
publish(await trainBench(trainingBenchOptions(flags)), flags);
