import { ERROR_INFO, PipelineError } from '../../core/index.ts';
import { createCluster, READ_COMMITTED } from './cluster.ts';
import type { Cluster, FetchedPartitionAnswer } from './cluster.ts';
import type { KafkaConnection } from './connection.ts';
import type { TopicMessage } from './partition-input.ts';
import { topicMessage } from './topic-message.ts';

export interface TopicSpan {
  readonly topic: string;
  /** By default all. */
  readonly partitions?: readonly number[];
  /** First offset by partition; one that is not named begins with its first message. */
  readonly from?: ReadonlyMap<number, bigint>;
  /** Offset behind the last, by partition; one that is not named ends where it ends at the time of the call. */
  readonly to?: ReadonlyMap<number, bigint>;
  readonly signal?: AbortSignal;
}

/** What is still to be read of a partition. */
interface Rest {
  readonly partition: number;
  readonly next: bigint;
  readonly end: bigint;
}

/** Failures in a row, while leaders move or a broker is away, and the wait after each, ms. */
const FAILURES_MAX = 10;
const FAILURE_WAIT_MS = 500;

/** Brokers that give nothing of any partition so often, of what they say to have, will not give it. */
const EMPTY_ANSWERS_MAX = 20;

/**
 * The committed messages of a topic that is not followed further: in order within a partition, partitions in turns, memory
 * bounded by one answer of a broker. Without a consumer group, which would take a right of its own and the brokers'
 * rebalancing delay (3 s by default), and would be left behind.
 *
 * @throws PipelineError TOPIC_NOT_FOUND, TOPIC_FORBIDDEN, BROKER_UNREACHABLE, …; the signal's reason when it aborts
 */
export async function* readTopic(connection: KafkaConnection, span: TopicSpan): AsyncGenerator<TopicMessage> {
  const reader = new TopicReader(connection, span);
  try {
    await reader.open();
    for (;;) {
      const messages = await reader.next();
      if (messages === null) return;
      for (const message of messages) {
        span.signal?.throwIfAborted();
        yield message;
      }
    }
  } finally {
    await reader.close();
  }
}

/**
 * One message by its position.
 *
 * @returns `null` if there is none any more, or none that readers see
 * @throws PipelineError as `readTopic`
 */
export async function readMessage(
  connection: KafkaConnection,
  { topic, partition, offset }: Pick<TopicMessage, 'topic' | 'partition' | 'offset'>,
): Promise<TopicMessage | null> {
  const from = new Map([[partition, offset]]);
  const to = new Map([[partition, offset + 1n]]);
  for await (const message of readTopic(connection, { topic, from, to, partitions: [partition] }))
    return message;
  return null;
}

class TopicReader {
  readonly #connection: KafkaConnection;
  readonly #span: TopicSpan;
  readonly #cluster: Cluster;
  /** In turns: what was read last is at the end. */
  #rests: readonly Rest[] = [];
  #failures = 0;
  /** In a row. A partition may find no room in an answer; all of them cannot. */
  #emptyAnswers = 0;

  constructor(connection: KafkaConnection, span: TopicSpan) {
    this.#connection = connection;
    this.#span = span;
    this.#cluster = createCluster(connection);
  }

  async open(): Promise<void> {
    const { topic, partitions, from, to } = this.#span;
    try {
      await this.#cluster.connect();
      await this.#cluster.addTargetTopic(topic);
      const known = this.#cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      if (known.length === 0)
        throw new PipelineError(
          'BROKER_FAILED',
          `Cannot read topic "${topic}" as its partitions are not known`,
        );
      const wanted = known.filter((partition) => partitions?.includes(partition) ?? true);
      const [low, high] = await this.#bounds(wanted);
      const rests = wanted.map((partition) => {
        const end = high.get(partition) ?? 0n;
        return {
          partition,
          next: larger(from?.get(partition) ?? 0n, low.get(partition) ?? 0n),
          end: smaller(to?.get(partition) ?? end, end),
        };
      });
      this.#rests = rests.filter(isOpen).sort((a, b) => a.partition - b.partition);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** What one broker gives next, which may be nothing; `null` at the end. */
  async next(): Promise<readonly TopicMessage[] | null> {
    this.#span.signal?.throwIfAborted();
    if (this.#rests.length === 0) return null;
    try {
      const answers = await this.#fetch();
      this.#failures = 0;
      this.#emptyAnswers = answers.some(({ messages }) => messages.length > 0) ? 0 : this.#emptyAnswers + 1;
      if (this.#emptyAnswers > EMPTY_ANSWERS_MAX) throw this.#nothingGiven();
      return answers.flatMap((answer) => this.#take(answer));
    } catch (error) {
      await this.#recover(error);
      return [];
    }
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect();
  }

  /** Asks the leader of the partition whose turn it is, for all partitions that it leads. */
  async #fetch(): Promise<readonly FetchedPartitionAnswer[]> {
    const { topic } = this.#span;
    const { fetchBytesMax, fetchWaitMs, partitionFetchBytesMax } = this.#connection.config;
    const open = this.#rests.map(({ partition }) => partition);
    const leaders = Object.entries(this.#cluster.findLeaderForPartitions(topic, open));
    const [nodeId, led] = leaders.find(([, own]) => own.includes(open[0] ?? -1)) ?? ['-1', []];
    const broker = await this.#cluster.findBroker({ nodeId });
    const questions = this.#rests
      .filter(({ partition }) => led.includes(partition))
      .map(({ partition, next }) => ({
        partition,
        fetchOffset: String(next),
        maxBytes: partitionFetchBytesMax,
      }));
    const { responses } = await broker.fetch({
      isolationLevel: READ_COMMITTED,
      maxWaitTime: fetchWaitMs,
      minBytes: 1,
      maxBytes: fetchBytesMax,
      topics: [{ topic, partitions: questions }],
    });
    return responses.flatMap(({ partitions }) => partitions);
  }

  #take({ partition, messages }: FetchedPartitionAnswer): readonly TopicMessage[] {
    const rest = this.#rests.find((candidate) => candidate.partition === partition);
    if (rest === undefined) return [];
    const others = this.#rests.filter((candidate) => candidate !== rest);
    this.#rests = [...others, { ...rest, next: nextOffset(rest.next, messages) }].filter(isOpen);
    return messages
      .filter(({ isControlRecord }) => isControlRecord !== true)
      .map((message) => topicMessage(this.#span.topic, partition, message))
      .filter(({ offset }) => offset >= rest.next && offset < rest.end);
  }

  /** Waits and looks at the cluster anew, or gives up. */
  async #recover(error: unknown): Promise<void> {
    const failure = this.#failure(error);
    const isOutOfRange = failure instanceof PipelineError && failure.code === 'OFFSET_INVALID';
    const isPassing =
      failure instanceof PipelineError && (isOutOfRange || ERROR_INFO[failure.code].retryable);
    this.#failures++;
    if (!isPassing || this.#failures > FAILURES_MAX) throw failure;
    await this.#connection.clock.sleep(FAILURE_WAIT_MS, this.#span.signal);
    try {
      await this.#cluster.refreshMetadata();
      if (isOutOfRange) await this.#moveIntoLog();
    } catch (cause) {
      this.#connection.logger.debug({ err: cause }, 'Could not look at the cluster anew');
    }
  }

  /** Retention has deleted what was to be read next, or a new leader does not have the end. */
  async #moveIntoLog(): Promise<void> {
    const [low, high] = await this.#bounds(this.#rests.map(({ partition }) => partition));
    const moved = this.#rests.map((rest) => ({
      ...rest,
      next: larger(rest.next, low.get(rest.partition) ?? 0n),
      end: smaller(rest.end, high.get(rest.partition) ?? rest.end),
    }));
    this.#rests = moved.filter(isOpen);
  }

  async #bounds(
    partitions: readonly number[],
  ): Promise<readonly [ReadonlyMap<number, bigint>, ReadonlyMap<number, bigint>]> {
    const ask = async (fromBeginning: boolean): Promise<ReadonlyMap<number, bigint>> => {
      const questions = partitions.map((partition) => ({ partition }));
      const { topic } = this.#span;
      const answers = await this.#cluster.fetchTopicsOffset([
        { topic, fromBeginning, partitions: questions },
      ]);
      const offsets = answers.flatMap((answer) => answer.partitions);
      return new Map(offsets.map(({ partition, offset }) => [partition, BigInt(offset)]));
    };
    return [await ask(true), await ask(false)];
  }

  #failure(error: unknown): unknown {
    return this.#connection.failure(error, `read topic "${this.#span.topic}"`);
  }

  #nothingGiven(): PipelineError {
    const [{ partition, next, end } = { partition: 0, next: 0n, end: 0n }] = this.#rests;
    return new PipelineError(
      'BROKER_FAILED',
      `Cannot read topic "${this.#span.topic}" as the brokers must give what lies before the ends of its partitions: ` +
        `current value is ${EMPTY_ANSWERS_MAX} empty answers, partition ${partition} being at ${next} of ${end}`,
    );
  }
}

/** Behind the last message of an answer. Where all of them lie before what was asked for, that one is there no more. */
function nextOffset(next: bigint, messages: FetchedPartitionAnswer['messages']): bigint {
  const last = messages.at(-1);
  if (last === undefined) return next;
  return larger(next, BigInt(last.offset)) + 1n;
}

function isOpen({ next, end }: Rest): boolean {
  return next < end;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
