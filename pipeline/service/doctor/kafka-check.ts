import { PipelineError, counted, createLogger } from '../../../core/index.ts';
import type { Config } from '../../../core/index.ts';
import { TopicAdmin, connectKafka } from '../../../streams/index.ts';
import type { KafkaConnection } from '../../../streams/index.ts';
import { lagReport } from '../group-offsets.ts';
import { readGroup } from '../read-group.ts';
import { writtenTopics } from '../topics.ts';
import type { Check, CheckContext } from './check.ts';
import { found } from './finding.ts';
import type { Finding } from './finding.ts';

/** Whether the brokers let us in, and have the topics and the group; nothing is created or joined. */
export const kafkaCheck: Check = { what: 'brokers', find: findKafka };

async function findKafka({ config, clock, metrics }: CheckContext): Promise<readonly Finding[]> {
  const connection = connectKafka({ kafka: config.kafka, logger: createLogger('silent'), metrics, clock });
  const brokers = await Promise.all(config.kafka.brokers.map((broker) => brokerFinding(connection, broker)));
  if (brokers.every(({ status }) => status === 'fail')) return brokers;
  const admin = await TopicAdmin.open(connection);
  try {
    const topicsIn = await finding('topics in', () => sourcesFinding(admin, config));
    const topicsOut = await finding('topics out', () => outputsFinding(admin, config));
    // What is wrong with the topics in is said once.
    const look = topicsIn.status === 'fail' ? membersFinding : groupFinding;
    const group = await finding(`group "${config.kafka.groupId}"`, (what) => look(admin, config, what));
    return [...brokers, topicsIn, topicsOut, group];
  } finally {
    await admin.close();
  }
}

/** What is refused or missing is a finding about its part, and the others are looked at all the same. */
async function finding(what: string, look: (what: string) => Promise<Finding>): Promise<Finding> {
  try {
    return await look(what);
  } catch (error) {
    if (error instanceof PipelineError) return found.fail(what, `${error.code}: ${error.message}`);
    throw error;
  }
}

function brokerFinding(connection: KafkaConnection, broker: string): Promise<Finding> {
  const { sasl, tls } = connection.config;
  const login =
    sasl === null ? 'without a login' : `user "${sasl.username ?? 'of a token'}" by ${sasl.mechanism}`;
  return finding(`broker ${broker}`, async (what) => {
    await connection.verifyBroker(broker);
    return found.ok(what, `answers, ${login}${tls === null ? '' : ', over TLS'}`);
  });
}

async function sourcesFinding(admin: TopicAdmin, { sources }: Config): Promise<Finding> {
  const topics = new Set<string>();
  const unmatched: string[] = [];
  for (const source of sources) {
    const resolved = await admin.resolveTopics(source);
    for (const topic of resolved) topics.add(topic);
    if (source.pattern !== null && resolved.every((topic) => source.topics.includes(topic)))
      unmatched.push(`"${source.pattern}"`);
  }
  const partitions = [...(await admin.describeTopics([...topics])).values()].reduce(
    (sum, own) => sum + own,
    0,
  );
  const text = `${counted(topics.size, 'topic')} with ${counted(partitions, 'partition')}`;
  return unmatched.length === 0
    ? found.ok('topics in', text)
    : found.warn('topics in', `${text}; no topic matches ${unmatched.join(', ')}`, 'one may come later');
}

async function outputsFinding(admin: TopicAdmin, config: Config): Promise<Finding> {
  const there = await admin.listTopics();
  const written = writtenTopics(config);
  const missing = written.filter((topic) => !there.includes(topic));
  const names = missing.map((topic) => `"${topic}"`).join(', ');
  if (missing.length > 0 && !config.outputs.create)
    return found.fail('topics out', `${names} must be there`, 'create them, or set outputs.create to true');
  for (const topic of written.filter((own) => there.includes(own))) {
    const bytesMax = await admin.messageBytesMax(topic);
    if (bytesMax !== null && bytesMax < config.kafka.messageBytesMax)
      return found.warn(
        'topics out',
        `"${topic}" takes messages of ${bytesMax} bytes, kafka.messageBytesMax is ${config.kafka.messageBytesMax}`,
        'raise max.message.bytes of the topic, or lower kafka.messageBytesMax',
      );
  }
  return found.ok(
    'topics out',
    missing.length === 0
      ? counted(written.length, 'topic')
      : `${names}: made at the start, where this user may`,
  );
}

async function membersFinding(admin: TopicAdmin, { kafka }: Config, what: string): Promise<Finding> {
  const { length } = await admin.members(kafka.groupId);
  return found.ok(what, `${counted(length, 'member')}; how far behind is not known without the topics in`);
}

async function groupFinding(admin: TopicAdmin, config: Config, what: string): Promise<Finding> {
  const { members, offsets } = await readGroup(admin, config);
  const { lag, lost } = lagReport(offsets);
  const text = `${counted(members.length, 'member')}, ${counted(lag, 'message')} behind`;
  return lost === 0n
    ? found.ok(what, text)
    : found.warn(
        what,
        `${text}; ${counted(lost, 'message')} deleted before the service had read them`,
        'see "nightjar lag"; raise the retention of the topics',
      );
}
