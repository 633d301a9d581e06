import type { Config } from '../../core/index.ts';
import type { TopicAdmin } from '../../streams/index.ts';

/** Topics by which the service speaks to itself: it writes and reads them. */
export function internalTopics({ rekey, alertsTopic, retriesTopic }: Config['service']): readonly string[] {
  return rekey ? [alertsTopic, retriesTopic] : [retriesTopic];
}

/** Every topic that the service writes to. */
export function writtenTopics({ outputs, service }: Pick<Config, 'outputs' | 'service'>): readonly string[] {
  const { scores, candidates, deadLetters, tooLate } = outputs;
  return [scores, candidates, deadLetters, tooLate, ...internalTopics(service)];
}

/**
 * Sees to it that the topics which are named exist: those that are read have to, those that are written are created
 * unless `outputs.create` is false.
 *
 * @throws PipelineError TOPIC_NOT_FOUND naming all that are missing, TOPIC_FORBIDDEN
 */
export async function prepareTopics(
  admin: TopicAdmin,
  config: Pick<Config, 'sources' | 'outputs' | 'service'>,
): Promise<void> {
  await admin.describeTopics(config.sources.flatMap(({ topics }) => topics));
  const written = writtenTopics(config);
  const { create, partitions, replicas } = config.outputs;
  if (!create) {
    await admin.describeTopics(written);
    return;
  }
  // Only the controller creates topics, and a restart must not need it.
  const there = await admin.listTopics();
  const topics = written.filter((topic) => !there.includes(topic));
  if (topics.length > 0) await admin.createTopics({ topics, partitions, replicas });
}
