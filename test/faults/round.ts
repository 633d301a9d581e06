import { Random, systemClock } from '../../core/index.ts';
import { endOffsets, produce, readCommitted, untilConsumed } from '../helpers/services/topics.ts';
import type { ProducedMessage } from '../helpers/services/topics.ts';
import type { Kafka } from '../helpers/services/kafka-cluster.ts';
import { succeeded } from '../helpers/services/service.ts';
import type { LedgerSaid } from './audit.ts';
import type { NamedFault } from './faults.ts';
import { INTERNAL_TOPIC, SOURCE_TOPICS } from './stage.ts';
import type { FaultStage } from './stage.ts';

/** Messages sent at a time, and the pause after them: a round's messages take about as long as its faults. */
const SENT_AT_ONCE = 8;
const PAUSE_MS = 700;
const FAULT_DELAY_MS_MAX = 5000;
const SEND_ATTEMPTS_MAX = 20;
const DRAINED_MS_MAX = 180_000;

export type RoundMessages = { readonly [K in keyof typeof SOURCE_TOPICS]: readonly ProducedMessage[] };

/** Sends messages while faults happen, one chain of faults beside the other; ends when all are over. */
export async function sendThroughFaults(
  stage: FaultStage,
  messages: RoundMessages,
  options: { readonly chains: readonly (readonly NamedFault[])[]; readonly random: Random },
): Promise<void> {
  const { chains, random } = options;
  const { ztf, lsst } = SOURCE_TOPICS;
  const seeds = chains.map(() => random.uint32());
  await Promise.all([
    send(stage.kafka, ztf, messages.ztf),
    send(
      stage.kafka,
      lsst,
      messages.lsst.map(({ value }) => ({ value, key: null })),
    ),
    ...chains.map((faults, i) => happen(stage, faults, new Random(seeds[i] ?? i))),
  ]);
}

async function happen(stage: FaultStage, faults: readonly NamedFault[], random: Random): Promise<void> {
  for (const fault of faults) {
    await systemClock.sleep(random.between(0, FAULT_DELAY_MS_MAX));
    await fault.happen(stage, random);
  }
}

async function send(kafka: Kafka, topic: string, messages: readonly ProducedMessage[]): Promise<void> {
  for (let at = 0; at < messages.length; at += SENT_AT_ONCE) {
    await sendSurely(kafka, topic, messages.slice(at, at + SENT_AT_ONCE));
    await systemClock.sleep(PAUSE_MS);
  }
}

/** A send that failed may have arrived; then these messages lie there twice, and count as that. */
async function sendSurely(kafka: Kafka, topic: string, messages: readonly ProducedMessage[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await produce(kafka, topic, messages);
      return;
    } catch (error) {
      if (attempt === SEND_ATTEMPTS_MAX) throw error;
      await systemClock.sleep(PAUSE_MS);
    }
  }
}

/** Puts right what is still broken, and waits until the service has taken everything. */
export async function drain({ kafka, registry, postgres, service }: FaultStage): Promise<void> {
  await kafka.startAll();
  await registry.start();
  await postgres.start();
  const group = { groupId: service.groupId, limitMs: DRAINED_MS_MAX };
  await untilConsumed(kafka, { ...group, ends: await endOffsets(kafka, Object.values(SOURCE_TOPICS)) });
  // The internal topic also holds marks of transactions, which nobody consumes: it ends with its last message.
  const ends = new Map<string, bigint>();
  for (const { topic, partition, offset } of await readCommitted(kafka, INTERNAL_TOPIC))
    ends.set(`${topic}/${partition}`, offset + 1n);
  await untilConsumed(kafka, { ...group, ends });
}

export async function ledgerSaid({ service }: FaultStage): Promise<LedgerSaid> {
  return JSON.parse(await succeeded(service.verb('ledger', '--json'))) as LedgerSaid;
}
