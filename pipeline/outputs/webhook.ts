import { objectKey } from '../../core/index.ts';
import type { Clock, Config, Logger, Metrics } from '../../core/index.ts';
import type { PartitionInput, PartitionWork, TopicMessage } from '../../streams/index.ts';
import { Places } from '../batches.ts';
import type { ScoreMessage, ScoreMessageReader } from './score-messages.ts';
import { WebhookClient } from './webhook-client.ts';
import type { Delivery } from './webhook-client.ts';

/** Bytes of candidates taken at a time; the message that reaches it is the last. */
const TAKE_BYTES_MAX = 8 * 1024 * 1024;

export interface WebhookOptions {
  readonly url: string;
  readonly secret: string | null;
  readonly webhook: Pick<
    Config['webhook'],
    'timeoutMs' | 'attemptsMax' | 'retryMs' | 'retryMsMax' | 'queueMax' | 'requestsMax'
  >;
  readonly read: ScoreMessageReader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The group that reads candidates for the webhook: apart from the service's own, so that it never holds up scoring. */
export function webhookGroupId(groupId: string): string {
  return `${groupId}-webhook`;
}

/**
 * The work of delivering a partition of the topic of candidates. The topic is the queue: an offset is committed when
 * everything before it was delivered or given up, so that after a crash some may be delivered twice, and none is lost.
 * Candidates of one object are delivered in order.
 */
export function createWebhookWork(options: WebhookOptions): PartitionWork {
  const client = new WebhookClient({ ...options, timeoutMs: options.webhook.timeoutMs });
  const places = new Places(options.webhook.requestsMax);
  return async (input) => {
    for (;;) {
      const limits = { messagesMax: options.webhook.queueMax, bytesMax: TAKE_BYTES_MAX };
      const messages = await input.take(limits);
      if (messages.length === 0) return;
      await deliverAll({ input, messages, client, places }, options);
    }
  };
}

interface Batch {
  readonly input: PartitionInput;
  readonly messages: readonly TopicMessage[];
  readonly client: WebhookClient;
  readonly places: Places;
}

async function deliverAll(batch: Batch, options: WebhookOptions): Promise<void> {
  const { input, messages, client } = batch;
  const isDone = new Array<boolean>(messages.length).fill(false);
  const givenUp: string[] = [];
  const chains = new Map<string, Promise<void>>();
  for (const [i, message] of messages.entries()) {
    const key = message.key?.toString('utf8') ?? '';
    const deliver = async (): Promise<void> => {
      const why = await delivered(message, batch, options);
      if (why === STOPPED) return;
      if (why !== null) givenUp.push(why);
      isDone[i] = true;
    };
    chains.set(key, (chains.get(key) ?? Promise.resolve()).then(deliver));
  }
  const ends = await Promise.allSettled(chains.values());
  if (givenUp.length > 0) {
    const detail = { address: client.address, candidates: givenUp.length, why: givenUp.at(-1) };
    options.logger.warn(detail, 'Webhook: candidates given up');
  }
  const firstOpen = isDone.indexOf(false);
  const last = messages[(firstOpen === -1 ? messages.length : firstOpen) - 1];
  if (last !== undefined) await input.commit([], { nextOffset: last.offset + 1n, metadata: '' });
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Neither delivered nor given up: the partition was taken away. */
const STOPPED = 'stopped';

/** @returns `null` when it is delivered, why it was given up, or `STOPPED` */
async function delivered(
  message: TopicMessage,
  batch: Batch,
  options: WebhookOptions,
): Promise<string | null> {
  const { signal } = batch.input;
  const isStopped = (): boolean => signal.aborted;
  if (isStopped()) return STOPPED;
  const score = await options.read(message);
  if (score === null) {
    countResult(options.metrics, 'gaveUp');
    return `the message at offset ${message.offset} is no score`;
  }
  try {
    return await posted({ id: deliveryId(score), body: score.json }, batch, options);
  } catch (error) {
    if (isStopped()) return STOPPED;
    throw error;
  }
}

async function posted(delivery: Delivery, batch: Batch, options: WebhookOptions): Promise<string | null> {
  const { client, places, input } = batch;
  const { webhook, clock, metrics } = options;
  for (let number = 1; ; number++) {
    await places.acquire();
    const attempt = await client.post(delivery, input.signal).finally(() => {
      places.release();
    });
    if (attempt.kind === 'delivered') {
      countResult(metrics, 'delivered');
      return null;
    }
    if (attempt.kind === 'refused' || number >= webhook.attemptsMax) {
      countResult(metrics, 'gaveUp');
      return attempt.why;
    }
    countResult(metrics, 'retried');
    const backOffMs = webhook.retryMs * 2 ** Math.min(number - 1, 30);
    await clock.sleep(Math.min(attempt.afterMs ?? backOffMs, webhook.retryMsMax), input.signal);
  }
}

function countResult(metrics: Metrics, result: 'delivered' | 'retried' | 'gaveUp'): void {
  metrics.count('nightjar_webhook_requests_total', { result });
}

/** Object and revision, which name a score; in characters that a header can hold. */
function deliveryId({ survey, objectId, revision }: ScoreMessage): string {
  // Half a surrogate pair, which JSON text may hold, is no text that can be encoded.
  return `${encodeURI(Buffer.from(objectKey(survey, objectId)).toString())}/${revision}`;
}
