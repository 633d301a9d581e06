import { PipelineError } from '../../core/index.ts';
import type { Config } from '../../core/index.ts';
import { HttpRegistry } from './http-registry.ts';

/**
 * Registers the schema of a topic's values under `TOPIC-value`.
 *
 * @param schema Avro, as JSON
 * @returns the id that messages bear in Confluent wire format
 * @throws PipelineError CONFIG_INVALID where no registry is configured, or it refuses the schema (because it does not fit
 *   the subject's earlier versions, or for the login); REGISTRY_UNREACHABLE where it does not answer
 * @source Confluent Schema Registry documentation, "Subject name strategy": TopicNameStrategy
 */
export async function registerValueSchema(
  registry: Pick<Config['registry'], 'url' | 'timeoutMs'>,
  value: { readonly topic: string; readonly schema: string },
): Promise<number> {
  const subject = `${value.topic}-value`;
  if (registry.url === null) {
    throw new PipelineError(
      'CONFIG_INVALID',
      `Cannot register the schema of "${subject}" as no registry is configured: give registry.url, or set outputs.format to json`,
    );
  }
  const client = new HttpRegistry(registry.url, registry.timeoutMs);
  const answer = await client.register(subject, value.schema);
  if (answer.kind === 'registered') return answer.wireId;
  throw new PipelineError(
    answer.kind === 'refused' ? 'CONFIG_INVALID' : 'REGISTRY_UNREACHABLE',
    `Cannot register the schema of "${subject}" at registry "${client.address}": ${answer.why}`,
  );
}
