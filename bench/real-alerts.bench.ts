import path from 'node:path';
import { openDataSet } from '../pipeline/index.ts';
import { realAlertsBench } from './learning/real-alerts.ts';
import { benchCommand, parsed, publish } from './publish.ts';
import type { CommonFlags } from './publish.ts';
import { REPOSITORY } from './repository.ts';

interface Flags extends CommonFlags {
  readonly data: string;
  readonly labels: string;
  readonly release: string;
}

const root = process.env['NIGHTJAR_TEST_DATA'] ?? path.join(REPOSITORY, '..', 'shared');
const packets = path.join(root, 'data', 'alerts', 'ztf');
const WHAT =
  'Scores of real packets under a release, and how labelled transients compare with periodic variables';

const flags = parsed(
  benchCommand('real-alerts', WHAT)
    .option('--data <path>', 'packets', packets)
    .option('--labels <file>', 'objectId,class', path.join(packets, 'LABELS.csv'))
    .option('--release <name>', 'name of a shipped release, or a folder', 'default'),
).opts<Flags>();
const dataSet = await openDataSet(flags.data, { labels: flags.labels });
try {
  const settings = { detectionsMin: 5, neighbours: 10, top: 20, workers: 2 };
  publish(await realAlertsBench({ dataSet, release: flags.release, ...settings }), flags);
} finally {
  await dataSet.close();
}
