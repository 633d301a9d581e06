import { noveltyBench } from './learning/novelty.ts';
import { learningCommand, withLearning } from './learning/options.ts';
import type { LearningFlags } from './learning/options.ts';
import { parsed, publish } from './publish.ts';

interface Flags extends LearningFlags {
  readonly survey: string;
  readonly noveltyObjectsMin: number;
  readonly seed: number;
  readonly epochs: number;
}

const WHAT = 'Novelty with one class of a survey left out in turn';

const flags = parsed(
  learningCommand('novelty', WHAT, 'lightcurves/labelled.parquet')
    .option('--survey <name>', 'only objects of this survey', 'CRTS')
    .option('--novelty-objects-min <n>', 'classes with so many objects are left out in turn', Number, 100)
    .option('--seed <n>', 'of split and training', Number, 1)
    .option('--epochs <n>', 'of each training', Number, 20),
).opts<Flags>();
const { survey, noveltyObjectsMin, seed, epochs } = flags;
publish(
  await withLearning(flags, (options) =>
    noveltyBench({ ...options, survey, noveltyObjectsMin, seed, epochs, batchRows: 64 }),
  ),
  flags,
);
