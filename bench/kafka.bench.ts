import { InvalidArgumentError } from 'commander';
import { parseCount } from '../cli/options.ts';
import { NoBroker } from './kafka/broker.ts';
import { KAFKA_PARTS, kafkaBench } from './kafka/compare.ts';
import type { KafkaPart } from './kafka/compare.ts';
import { packetBenchCommand, parseCounts, parsed, progressLine, publish } from './publish.ts';
import type { PacketFlags } from './publish.ts';

interface KafkaFlags extends PacketFlags {
  readonly only?: readonly KafkaPart[];
  readonly rounds: number;
  readonly packets: number;
  readonly partitions: number;
  readonly messages: number;
  readonly queueMib: readonly number[];
  readonly stallSeconds: number;
}

const MIB = 2 ** 20;
const SIMULATED_ALERTS = 2000;
/** Long enough for a session to take and decode its batches, short enough for several sessions. */
const STALL_TRANSACTION_TIMEOUT_MS = 10_000;

const flags = parsed(
  packetBenchCommand(
    'kafka',
    'The service between topics, its memory when nothing comes through, and Kafka clients',
  )
    .option('--only <part,…>', `only these of ${KAFKA_PARTS.join(', ')}`, parseParts)
    .option('--rounds <n>', 'fresh processes of each variant', parseCount, 5)
    .option('--packets <n>', 'packets through the service in each', parseCount, 20_000)
    .option('--partitions <n>', 'partitions of the packets’ topic', parseCount, 4)
    .option('--messages <n>', 'messages of 245 kB that each client reads', parseCount, 1500)
    .option('--queue-mib <n,…>', 'values of kafka.queueBytesMax for the memory, MiB', parseCounts, [32, 128])
    .option('--stall-seconds <n>', 'time that memory is watched for at each', parseCount, 60),
).opts<KafkaFlags>();
try {
  publish(
    await kafkaBench({
      isSimulated: flags.simulated === true,
      simulatedAlerts: SIMULATED_ALERTS,
      parts: flags.only ?? KAFKA_PARTS,
      rounds: flags.rounds,
      packets: flags.packets,
      partitions: flags.partitions,
      messages: flags.messages,
      queueBytesMax: flags.queueMib.map((mib) => mib * MIB),
      stallMs: flags.stallSeconds * 1000,
      stallTransactionTimeoutMs: STALL_TRANSACTION_TIMEOUT_MS,
      onProgress: progressLine,
    }),
    flags,
  );
} catch (error) {
  if (!(error instanceof NoBroker)) throw error;
  progressLine(error.message);
  process.exitCode = 1;
}

function parseParts(text: string): readonly KafkaPart[] {
  return text.split(',').map((name) => {
    const part = KAFKA_PARTS.find((known) => known === name);
    if (part === undefined) throw new InvalidArgumentError(`It takes ${KAFKA_PARTS.join(', ')}.`);
    return part;
  });
}
