import path from 'node:path';
import { learningCommand, withLearning } from './learning/options.ts';
import type { LearningFlags } from './learning/options.ts';
import { TRIPLES_CASES, triplesBench } from './learning/triples.ts';
import { parsed, publish } from './publish.ts';
import { REPOSITORY } from './repository.ts';

interface Flags extends LearningFlags {
  readonly cases: string;
  readonly seeds: number;
  readonly paperSeeds: number;
  readonly barlowSeeds: number;
  readonly simulatedObjects: number;
  readonly simulatedEpochs: number;
  readonly epochs: number;
  readonly paperEpochs: number;
  readonly labelEpochs: number;
}

const WHAT =
  'Pre-training between light curves, spectra and metadata: retrieval, and few labels with and without';

const flags = parsed(
  learningCommand('triples', WHAT, 'triples/supernovae.parquet')
    .option('--cases <names>', 'separated by commas', TRIPLES_CASES.join())
    .option('--seeds <n>', 'of alertsClip', Number, 5)
    .option('--barlow-seeds <n>', 'of alertsBarlowTwins', Number, 2)
    .option('--paper-seeds <n>', 'of paperClip', Number, 1)
    .option('--simulated-objects <n>', 'that the alerts profile is trained on first', Number, 2400)
    .option('--simulated-epochs <n>', 'of that training', Number, 30)
    .option('--epochs <n>', 'of pre-training on the real objects', Number, 100)
    .option('--paper-epochs <n>', 'of the same in the paper profile', Number, 6)
    .option('--label-epochs <n>', 'of learning few labels', Number, 60)
    .setOptionValueWithSource('classObjectsMin', 10, 'default'),
).opts<Flags>();
const { simulatedObjects, simulatedEpochs, epochs, paperEpochs, labelEpochs } = flags;
publish(
  await withLearning(flags, (options) =>
    triplesBench({
      ...options,
      ...{ simulatedObjects, simulatedEpochs, epochs, paperEpochs, labelEpochs, batchRows: 64 },
      cases: TRIPLES_CASES.filter((name) => flags.cases.split(',').includes(name)),
      seeds: { alertsClip: flags.seeds, alertsBarlowTwins: flags.barlowSeeds, paperClip: flags.paperSeeds },
      labelRatios: [0.1, 0.25],
      curvesFolder: flags.append ? path.join(REPOSITORY, 'docs', 'figures') : null,
    }),
  ),
  flags,
);
