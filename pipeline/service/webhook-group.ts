import { secretFromFile } from '../../core/index.ts';
import type { Config } from '../../core/index.ts';
import {
  beginConsumerGroup,
  connectKafka,
  openSchemaRegistry,
  runConsumerGroup,
} from '../../streams/index.ts';
import type { ConsumerGroupOptions } from '../../streams/index.ts';
import { createScoreMessageReader } from '../outputs/score-messages.ts';
import { createWebhookWork, webhookGroupId } from '../outputs/webhook.ts';
import type { ServiceOptions } from './service.ts';

/**
 * Delivers candidates to the webhook as a group of its own; does nothing where no webhook is configured. A group that is
 * new takes every candidate that is written after this resolves.
 *
 * @returns runs it until the signal aborts
 */
export async function openWebhook(
  options: ServiceOptions,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const { config, clock, logger, metrics } = options;
  const { webhook, outputs } = config;
  if (webhook.url === null) return () => Promise.resolve();
  const registry = await openSchemaRegistry({ registry: config.registry, schemasDir: null, clock, metrics });
  const work = createWebhookWork({
    url: webhook.url,
    secret: secretOf(webhook),
    webhook,
    read: createScoreMessageReader(registry),
    clock,
    logger,
    metrics,
  });
  const kafka = { ...config.kafka, groupId: webhookGroupId(config.kafka.groupId) };
  const group: ConsumerGroupOptions = {
    connection: connectKafka({ kafka, logger, metrics, clock }),
    subscriptions: [{ topics: [outputs.candidates], pattern: null, start: 'latest', work }],
    drainMs: config.service.drainMs,
    signal,
  };
  await beginConsumerGroup(group);
  return () => runConsumerGroup(group);
}

function secretOf({ secret, secretFile }: Config['webhook']): string | null {
  return secret ?? (secretFile === null ? null : secretFromFile('webhook.secretFile', secretFile));
}
