import type { Alert, Clock, Config, Metrics, Rejection } from '../../core/index.ts';
import { objectKey } from '../../core/index.ts';
import { encodeSlimAlert } from '../../streams/index.ts';
import type { DecodedPacket, OutRecord, PartitionInput, PartitionWork } from '../../streams/index.ts';
import { deadLetter } from '../dead-letter.ts';
import type { TopicOutputs } from '../outputs/topic-outputs.ts';
import type { Stages } from '../stages.ts';
import { PacketBatches } from './packet-batches.ts';
import type { MessageReader } from './packet-batches.ts';
import { PartitionLedger } from './partition-ledger.ts';
import type { RegistryOutages } from './registry-outages.ts';

export interface ForwardPartitionParts {
  readonly read: MessageReader;
  readonly stages: Stages;
  readonly outputs: TopicOutputs;
  readonly outages: RegistryOutages;
  readonly config: Pick<Config, 'pipeline' | 'service' | 'kafka'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Room for what Kafka adds to a message: its headers, and those of its record batch, bytes. */
const MESSAGE_OVERHEAD_BYTES = 512;

/**
 * Packets of a partition to the internal topic, as slim alerts keyed by object, so that one instance gets all of an
 * object; those that cannot be read end as dead letters here.
 */
export function forwardPartition(parts: ForwardPartitionParts): PartitionWork {
  return async (input) => {
    const context = {
      input,
      batches: new PacketBatches(input, parts),
      ledger: new PartitionLedger(input.metadata),
      parts,
    };
    while (await input.available()) {
      const isTaken = await parts.stages.inPlace(() => forwardNext(context));
      if (!isTaken) return;
    }
  };
}

/** @returns false if there is no batch any more, as the partition was given up */
async function forwardNext(context: {
  readonly input: PartitionInput;
  readonly batches: PacketBatches;
  readonly ledger: PartitionLedger;
  readonly parts: ForwardPartitionParts;
}): Promise<boolean> {
  const { input, batches, ledger, parts } = context;
  const batch = await batches.next(placeIsTaken);
  if (batch === null) return false;
  const { packets, nextOffset } = batch;
  ledger.consumed(packets.length);
  const endings = packets.map((packet) => forwarded(packet, parts));
  for (const { outcome } of endings) ledger.ended(outcome);
  const records = endings.flatMap((ending) => ending.records);
  await input.commit(records, { nextOffset, metadata: ledger.metadata() });
  for (const { outcome } of endings) parts.metrics.count('nightjar_pipeline_packets_total', { outcome });
  return true;
}

function placeIsTaken(): Promise<void> {
  return Promise.resolve();
}

interface Forwarded {
  readonly outcome: 'forwarded' | 'deadLettered';
  readonly records: readonly OutRecord[];
}

function forwarded(packet: DecodedPacket, parts: ForwardPartitionParts): Forwarded {
  const { result } = packet;
  if (!result.ok) return deadLettered(packet, result.rejection, parts);
  const { service, kafka } = parts.config;
  const key = objectKey(result.value.survey, result.value.objectId);
  const value = encodeSlimAlert(result.value);
  const byteLength = Buffer.byteLength(key) + value.length + MESSAGE_OVERHEAD_BYTES;
  if (byteLength > kafka.messageBytesMax) {
    return deadLettered(
      packet,
      tooLarge(result.value, { byteLength, bytesMax: kafka.messageBytesMax }),
      parts,
    );
  }
  return { outcome: 'forwarded', records: [{ topic: service.alertsTopic, key, value }] };
}

function tooLarge(
  { points }: Alert,
  { byteLength, bytesMax }: { readonly byteLength: number; readonly bytesMax: number },
): Rejection {
  return {
    code: 'MESSAGE_TOO_LARGE',
    reason: `Cannot forward an alert of ${points.length} points as kafka.messageBytesMax is ${bytesMax} bytes: current value is ${byteLength} bytes`,
  };
}

function deadLettered(packet: DecodedPacket, rejection: Rejection, parts: ForwardPartitionParts): Forwarded {
  parts.metrics.count('nightjar_pipeline_dead_letters_total', { code: rejection.code });
  const letter = deadLetter(rejection, packet.source, packet.original());
  return { outcome: 'deadLettered', records: parts.outputs.deadLetters([letter]) };
}
