import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { positionText } from '../../../core/index.ts';
import { originOf, retryHeaders } from '../../../streams/index.ts';
import { anySource } from '../../helpers/any-alert.ts';
import { topicMessage } from '../../helpers/topic-message.ts';

const OWN = { topic: 'alerts', partition: 2, offset: 5n };
const RETRY_PLACE = { topic: 'retries', partition: 1, offset: 77n } as const;

test('originOf() is the message’s own position without headers', () => {
  assert.deepEqual(originOf(topicMessage('x')), OWN);
});

test('originOf() is the first position, tried again from the message, whatever was tried before', () => {
  fc.assert(
    fc.property(anySource, (source) => {
      const message = topicMessage('x', { ...RETRY_PLACE, headers: retryHeaders(source) });
      const origin = originOf(message);
      assert.deepEqual(origin, { ...source, retry: RETRY_PLACE });
      const [first] = positionText({ ...source, retry: RETRY_PLACE }).split('~retries/1@77');
      assert.equal(positionText(origin), `${first}~retries/1@77`);
    }),
    { seed: 4 },
  );
});

test('originOf() takes headers that cannot be read as none', () => {
  const bad = [
    '',
    'no json',
    '{}',
    'null',
    '{"topic":"t","partition":-1,"offset":"1"}',
    '{"topic":"t","partition":0,"offset":"x"}',
    '{"topic":"t","partition":0,"offset":"1","more":1}',
    '{"file":"f"}',
    `{"file":"${'f'.repeat(20_000)}","index":0}`,
  ];
  for (const header of bad) {
    assert.deepEqual(originOf(topicMessage('x', { headers: { 'nightjar-source': header } })), OWN, header);
  }
});
