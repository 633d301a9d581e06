import { learningCommand, withLearning } from './learning/options.ts';
import type { LearningFlags } from './learning/options.ts';
import { viewsBench } from './learning/views.ts';
import { parsed, publish } from './publish.ts';

interface Flags extends LearningFlags {
  readonly survey: string;
  readonly seeds: number;
  readonly epochs: number;
  readonly labelEpochs: number;
}

const WHAT =
  'The photometry encoder warmed up without labels: a linear probe, and few labels with and without';

const flags = parsed(
  learningCommand('views', WHAT, 'lightcurves/labelled.parquet')
    .option('--survey <name>', 'only objects of this survey', 'CRTS')
    .option('--seeds <n>', 'of splits and trainings', Number, 3)
    .option('--epochs <n>', 'of the warm-up', Number, 20)
    .option('--label-epochs <n>', 'of learning all labels; of a share of them over its root', Number, 15),
).opts<Flags>();
const { survey, seeds, epochs, labelEpochs } = flags;
publish(
  await withLearning(flags, (options) =>
    viewsBench({
      ...options,
      ...{ survey, seeds, epochs, labelEpochs, labelRatios: [0.01, 0.1], batchRows: 64 },
    }),
  ),
  flags,
);
