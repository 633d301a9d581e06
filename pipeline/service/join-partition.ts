import type {
  Clock,
  Config,
  Metrics,
  PipelineError,
  Rejection,
  Result,
  ScoreCause,
} from '../../core/index.ts';
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
import { PartitionLedger } from './partition-ledger.ts';
import type { RegistryOutages } from './registry-outages.ts';
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
  readonly outages: RegistryOutages;
  readonly config: Pick<Config, 'pipeline' | 'window'>;
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

/**
 * @returns false if the partition was given up
 * @throws PipelineError REGISTRY_UNREACHABLE if the next message waits for the registry, after those before it are committed
 */
async function joinNext<T>(context: JoinContext<T>): Promise<boolean> {
  const { input, ledger, parts } = context;
  const { batchPackets, batchBytesMax } = parts.config.pipeline;
  const messages = await input.take({ messagesMax: batchPackets, bytesMax: batchBytesMax });
  if (messages.length === 0) return false;
  const { records, nextOffset, end } = await joined(messages, context);
  if (nextOffset !== null) await input.commit(records, { nextOffset, metadata: ledger.metadata() });
  if (end !== null) throw end;
  return true;
}

interface Joined {
  /** What is to be written. */
  readonly records: readonly OutRecord[];
  /** After the last message that was taken in; `null` if none was. */
  readonly nextOffset: bigint | null;
  /** Why the message after it was not. */
  readonly end: PipelineError | null;
}

async function joined<T>(
  messages: readonly TopicMessage[],
  { joining, ledger, parts }: JoinContext<T>,
): Promise<Joined> {
  const { store, scorer, outputs, outages, clock, metrics, config } = parts;
  const takenMs = clock.nowMs();
  const subjects: Subject[] = [];
  const refused: OutRecord[] = [];
  let nextOffset: bigint | null = null;
  let end: PipelineError | null = null;
  for (const message of messages) {
    const result = await joining.read(message);
    end = outages.reasonToWait(message, [result]);
    if (end !== null) break;
    nextOffset = message.offset + 1n;
    ledger.consumed(1);
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
  const records = [...outputs.scores(withLatency(scores, { nowMs: clock.nowMs(), takenMs })), ...refused];
  return { records, nextOffset, end };
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
