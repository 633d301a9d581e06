import { parseCount } from '../cli/options.ts';
import { embedBench, PAPER_ATTENTIONS } from './embed/compare.ts';
import { packetBenchCommand, parseCounts, parsed, progressLine, publish } from './publish.ts';
import type { PacketFlags } from './publish.ts';

interface EmbedFlags extends PacketFlags {
  readonly rounds: number;
  readonly batches: readonly number[];
  readonly lengths: readonly number[];
  readonly countedMs: number;
}

const WARM_UP_MS = 300;
const SIMULATED_ALERTS = 4000;

const flags = parsed(
  packetBenchCommand(
    'embed',
    'Embeddings a second by profile, length of the light curve and size of the batch',
  )
    .option('--rounds <n>', 'fresh processes of each row', parseCount, 5)
    .option('--batches <n,…>', 'objects at a time', parseCounts, [1, 8, 32, 128])
    .option('--lengths <n,…>', 'points of the light curves', parseCounts, [12, 40, 100, 192])
    .option('--counted-ms <n>', 'time that each figure is measured for, ms', parseCount, 1000),
).opts<EmbedFlags>();
publish(
  await embedBench({
    isSimulated: flags.simulated === true,
    simulatedAlerts: SIMULATED_ALERTS,
    rounds: flags.rounds,
    batches: flags.batches,
    lengths: flags.lengths,
    attentions: PAPER_ATTENTIONS,
    warmUpMs: WARM_UP_MS,
    countedMs: flags.countedMs,
    onProgress: progressLine,
  }),
  flags,
);
