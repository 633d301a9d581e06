import assert from 'node:assert/strict';
import { test } from 'node:test';
import kafkajs from 'kafkajs';
import { Random } from '../../../core/index.ts';
import { readTopic } from '../../../streams/kafka/read-topic.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { connectionTo } from '../../helpers/services/connections.ts';
import { kafkaTool } from '../../helpers/services/kafka-artefacts.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';

const CODECS = { gzip: 'GZIP', snappy: 'Snappy', lz4: 'LZ4', zstd: 'ZSTD' } as const;

/** Lines of printable noise and repetition, 200 KB in all, so that blocks of each codec are crossed. */
function lines(name: string): string[] {
  const random = new Random(name);
  const word = (): string => random.uint32().toString(36);
  return Array.from({ length: 400 }, (_, i) => `${name} ${i} ${`${word()} ${word()} `.repeat(20)}`.trim());
}

test('Java writes what Nightjar reads, and the reverse, in every codec', async (context) => {
  const kafka = await startKafka(context);
  if (kafka === null) return;
  const connection = connectionTo({ brokers: [...kafka.brokers] });
  const server = ['--bootstrap-server', kafka.brokers.join(',')];
  for (const [codec, type] of Object.entries(CODECS)) {
    const expected = lines(codec);
    await context.test(`${codec} from Java`, async () => {
      const topic = `java-${codec}`;
      await kafka.createTopic({ topic });
      const args = [...server, '--topic', topic, '--compression-codec', codec];
      const producer = ['--producer-property', 'linger.ms=500', '--producer-property', 'batch.size=200000'];
      kafkaTool('org.apache.kafka.tools.ConsoleProducer', [...args, ...producer], {
        input: expected.join('\n'),
      });
      const values: string[] = [];
      for await (const { value } of readTopic(connection, { topic })) values.push(String(value));
      assert.deepEqual(values, expected);
    });
    await context.test(`${codec} to Java`, async () => {
      const topic = `nightjar-${codec}`;
      await kafka.createTopic({ topic });
      const producer = connection.createProducer();
      await producer.connect();
      const messages = expected.map((value) => ({ value }));
      await producer.send({ topic, messages, compression: kafkajs.CompressionTypes[type] });
      await producer.disconnect();
      const limits = ['--from-beginning', '--max-messages', String(expected.length), '--timeout-ms', '20000'];
      const args = [...server, '--topic', topic, ...limits];
      const output = kafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', args);
      assert.deepEqual(String(output).trimEnd().split('\n'), expected);
    });
  }
  await context.test('a batch above the limit is BATCH_UNREADABLE, and named', async () => {
    const small = connectionTo({ brokers: [...kafka.brokers], unpackedBytesMax: 1000 });
    for (const codec of Object.keys(CODECS)) {
      const reading = readTopic(small, { topic: `nightjar-${codec}` }).next();
      const place = `offsets 0 to ${lines(codec).length - 1} of partition 0 of topic "nightjar-${codec}"`;
      await assert.rejects(reading, hasCode('BATCH_UNREADABLE', codec, place, 'kafka.unpackedBytesMax'));
    }
  });
});
