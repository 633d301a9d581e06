import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, PipelineError } from '../../../core/index.ts';
import type { KafkaConnection } from '../../../streams/kafka/connection.ts';
import { GroupPositions } from '../../../streams/kafka/group-positions.ts';
import { hasCode } from '../../helpers/has-code.ts';

/** Brokers with these topics, over a client whose connections remember what they were asked about, as those of kafkajs do. */
function positionsOf(topics: Set<string>): {
  readonly positions: GroupPositions;
  readonly connects: () => number;
} {
  let connects = 0;
  const admin = (): unknown => {
    const asked = new Set<string>();
    return {
      connect: () => Promise.resolve(connects++),
      disconnect: () => Promise.resolve(),
      fetchTopicOffsets: (topic: string) => {
        asked.add(topic);
        for (const one of asked)
          if (!topics.has(one))
            return Promise.reject(new PipelineError('TOPIC_NOT_FOUND', 'Cannot find a topic'));
        return Promise.resolve([{ partition: 0, low: '0', high: '5' }]);
      },
    };
  };
  const connection = {
    ...{ client: { admin }, logger: createLogger('silent') },
    failure: (error: unknown) => error,
  } as unknown as KafkaConnection;
  return { positions: new GroupPositions(connection), connects: () => connects };
}

test('GroupPositions tells of a topic although another, asked about before, is gone', async () => {
  const topics = new Set(['one', 'two']);
  const { positions, connects } = positionsOf(topics);
  await positions.bounds('one');
  topics.delete('one');
  assert.deepEqual(await positions.bounds('two'), new Map([[0, { low: 0n, high: 5n }]]));
  assert.equal(connects(), 2);
});

test('GroupPositions asks a new connection once about a topic that is not there', async () => {
  const { positions, connects } = positionsOf(new Set());
  await assert.rejects(positions.bounds('none'), hasCode('TOPIC_NOT_FOUND'));
  assert.equal(connects(), 1);
});
