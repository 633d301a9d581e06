import type { Clock, Config, Metrics, Rejection, Result, ScoreCause } from '../../core/index.ts';
import type {
  JoinReceipt,
  ObjectStore,
  OutRecord,
  PartitionInput,
  PartitionWork,
  TopicMessage,
} from '../../streams/index.ts';
import { deadLetter } from '../dead-letter.ts';
import type { TopicOutputs } from '../outputs/topic-outputs.ts';
import type { Scorer } from '../scorer.ts';
import type { Stages } from '../stages.ts';
import { isScorable } from '../subject.ts';
import type { Subject } from '../subject.ts';
import { outlastOutage } from './outlast-outage.ts';
import { PartitionLedger } from './partition-ledger.ts';
import { withLatency } from './score-partition.ts';

/** What the messages of a topic are joined as. */
export interface Joining<T> {
  readonly cause: Extract<ScoreCause, 'spectrum' | 'metadata'>;
  read(message: TopicMessage): Promise<Result<T>>;
  put(store: ObjectStore, value: T, arrivedMs: number): Promise<JoinReceipt>;
}

export interface JoinPartitionParts {
  readonly store: ObjectStore;
  readonly scorer: Scorer;
  readonly stages: Stages;
  readonly outputs: TopicOutputs;
  readonly config: Pick<Config, 'pipeline' | 'service' | 'window'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/**
 * Spectra, or metadata records: each is kept for objects to come, and the objects that are there already and have points
 * enough are scored again.
 */
export function joinPartition<T>(joining: Joining<T>, parts: JoinPartitionParts): PartitionWork {
  return async (input) => {
    const context = { joining, input, ledger: new PartitionLedger(input.metadata), parts };
    while (await input.available()) {
      const isTaken = await parts.stages.inPlace(() => joinNext(context));
      if (!isTaken) return;
    }
  };
}

interface JoinContext<T> {
  readonly joining: Joining<T>;
  readonly input: PartitionInput;
  readonly ledger: PartitionLedger;
  readonly parts: JoinPartitionParts;
}

/** @returns false if the partition was given up */
async function joinNext<T>(context: JoinContext<T>): Promise<boolean> {
  const { input, ledger, parts } = context;
  const { batchPackets, batchBytesMax } = parts.config.pipeline;
  const messages = await input.take({ messagesMax: batchPackets, bytesMax: batchBytesMax });
  const last = messages.at(-1);
  if (last === undefined) return false;
  const records = await joined(messages, context);
  if (records === null) return false;
  await input.commit(records, { nextOffset: last.offset + 1n, metadata: ledger.metadata() });
  return true;
}

/** @returns what is to be written; `null` if the partition was given up meanwhile */
async function joined<T>(
  messages: readonly TopicMessage[],
  { joining, input, ledger, parts }: JoinContext<T>,
): Promise<readonly OutRecord[] | null> {
  const { store, scorer, outputs, clock, metrics, config } = parts;
  const takenMs = clock.nowMs();
  const subjects: Subject[] = [];
  const refused: OutRecord[] = [];
  ledger.consumed(messages.length);
  for (const message of messages) {
    const result = await outlastOutage(
      { read: () => joining.read(message), results: (read) => [read] },
      { config, clock, signal: input.signal },
    );
    if (result === null) return null;
    metrics.count('nightjar_join_records_total', {
      kind: joining.cause,
      result: result.ok ? 'taken' : 'rejected',
    });
    if (!result.ok) {
      ledger.ended('deadLettered');
      refused.push(...outputs.deadLetters([letterOf(message, result.rejection, metrics)]));
      continue;
    }
    // A message without a time has -1.
    const arrivedMs = message.timestampMs < 0 ? takenMs : message.timestampMs;
    const { outcomes } = await joining.put(store, result.value, arrivedMs);
    const { topic, partition, offset } = message;
    const scorable = outcomes.filter(({ view }) => isScorable(view, config.window.pointsMin));
    ledger.ended(scorable.length > 0 ? 'scored' : 'held');
    for (const { view, newestAlert } of scorable) {
      subjects.push({ view, cause: joining.cause, alert: newestAlert, source: { topic, partition, offset } });
    }
  }
  const scores = await scorer.score(subjects);
  return [...outputs.scores(withLatency(scores, { nowMs: clock.nowMs(), takenMs })), ...refused];
}

function letterOf(
  message: TopicMessage,
  rejection: Rejection,
  metrics: Metrics,
): ReturnType<typeof deadLetter> {
  const { topic, partition, offset, value } = message;
  metrics.count('nightjar_pipeline_dead_letters_total', { code: rejection.code });
  return deadLetter(rejection, { topic, partition, offset }, value ?? Buffer.alloc(0));
}
