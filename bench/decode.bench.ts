import { parseCount } from '../cli/options.ts';
import { decodeBench } from './decode/compare.ts';
import { findPython } from './decode/python.ts';
import { packetBenchCommand, parsed, progressLine, publish } from './publish.ts';
import type { PacketFlags } from './publish.ts';

interface DecodeFlags extends PacketFlags {
  readonly python?: string;
  readonly rounds: number;
  readonly passes: number;
  readonly packets?: number;
}

const WARM_UP_MS = 1000;
const SIMULATED_ALERTS = 1500;

const flags = parsed(
  packetBenchCommand(
    'decode',
    'Alerts a second from packet bytes to points; beside fastavro where a Python has it',
  )
    .option('--python <path>', 'Python with fastavro; python3 by default')
    .option('--rounds <n>', 'fresh processes of each variant', parseCount, 5)
    .option('--passes <n>', 'counted passes of each process', parseCount, 5)
    .option('--packets <n>', 'packets of each survey at most', parseCount),
).opts<DecodeFlags>();
publish(
  await decodeBench({
    isSimulated: flags.simulated === true,
    simulatedAlerts: SIMULATED_ALERTS,
    packetsMax: flags.packets ?? null,
    rounds: flags.rounds,
    passes: flags.passes,
    warmUpMs: WARM_UP_MS,
    python: findPython(flags.python ?? null),
    onProgress: progressLine,
  }),
  flags,
);
