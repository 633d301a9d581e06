import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topicMessage } from '../../../streams/kafka/topic-message.ts';

test('topicMessage() keeps offsets beyond doubles, tombstones, and the last of several headers', () => {
  const [key, bytes] = [Buffer.from('key'), Buffer.from([0xff, 0])];
  const message = topicMessage('alerts', 3, {
    offset: '9007199254740993',
    timestamp: '1700000000123',
    key,
    value: null,
    headers: { one: bytes, text: 'é', several: [Buffer.from('a'), 'b'], none: [], absent: undefined },
  });
  assert.deepEqual(message, {
    topic: 'alerts',
    partition: 3,
    offset: 9_007_199_254_740_993n,
    timestampMs: 1_700_000_000_123,
    key,
    value: null,
    headers: new Map([
      ['one', bytes],
      ['text', Buffer.from('é')],
      ['several', Buffer.from('b')],
      ['none', Buffer.alloc(0)],
      ['absent', Buffer.alloc(0)],
    ]),
  });
  assert.deepEqual(
    topicMessage('alerts', 0, { offset: '0', timestamp: '0', key: null, value: bytes }).headers,
    new Map(),
  );
});
