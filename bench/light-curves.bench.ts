import { lightCurvesBench } from './learning/light-curves.ts';
import { learningCommand, parseProfiles, withLearning } from './learning/options.ts';
import type { LearningFlags } from './learning/options.ts';
import { parsed, publish } from './publish.ts';

interface Flags extends LearningFlags {
  readonly survey: string;
  readonly profiles: string;
  readonly seeds: number;
  readonly epochs: number;
  readonly paperSeeds: number;
  readonly paperEpochs: number;
}

const WHAT =
  'Classification of labelled light curves by the photometry encoders, beside a forest and boosting';

const flags = parsed(
  learningCommand('light-curves', WHAT, 'lightcurves/labelled.parquet')
    .option('--survey <name>', 'only objects of this survey', 'CRTS')
    .option('--profiles <names>', 'separated by commas', 'alerts,alertsWithoutPhase,paper')
    .option('--seeds <n>', 'of the alerts profile', Number, 5)
    .option('--epochs <n>', 'of the alerts profile', Number, 40)
    .option('--paper-seeds <n>', 'of the paper profile', Number, 2)
    .option('--paper-epochs <n>', 'of the paper profile', Number, 4),
).opts<Flags>();
const { survey, seeds, epochs, paperSeeds, paperEpochs } = flags;
publish(
  await withLearning(flags, (options) =>
    lightCurvesBench({
      ...options,
      ...{ survey, seeds, epochs, paperSeeds, paperEpochs, batchRows: 64 },
      profiles: parseProfiles(flags.profiles),
    }),
  ),
  flags,
);
