import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { repairClient } from '../../../streams/kafka/client-repairs.ts';

const require = createRequire(import.meta.url);

interface BrokerPool {
  withBroker: (ask: (found: { readonly nodeId: string }) => Promise<unknown>) => Promise<unknown>;
}

/** kafkajs's pool of three brokers that are connected. */
function brokerPool(): BrokerPool {
  repairClient();
  const { prototype } = require('kafkajs/src/cluster/brokerPool') as { readonly prototype: BrokerPool };
  const broker = { isConnected: () => true };
  return Object.assign(Object.create(prototype) as BrokerPool, {
    brokers: { 1: broker, 2: broker, 3: broker },
  });
}

function refusal(type: string): Error {
  return Object.assign(new Error(type), { type });
}

test('repairClient() lets a refusal through that every broker gives, in place of no answer', async () => {
  const refused = refusal('GROUP_AUTHORIZATION_FAILED');
  const asked: string[] = [];
  const asking = brokerPool().withBroker(({ nodeId }) => {
    asked.push(nodeId);
    return Promise.reject(refused);
  });
  await assert.rejects(asking, (error) => error === refused);
  assert.deepEqual(asked.sort(), ['1', '2', '3']);
});

test('repairClient() leaves the brokers’ answers, and other failures, as kafkajs has them', async () => {
  const unlike = [refusal('COORDINATOR_NOT_AVAILABLE'), new Error('closed'), new TypeError('of the program')];
  for (const error of unlike) assert.equal(await brokerPool().withBroker(() => Promise.reject(error)), null);
  let calls = 0;
  const answer = await brokerPool().withBroker(() =>
    ++calls < 3 ? Promise.reject(refusal('TOPIC_AUTHORIZATION_FAILED')) : Promise.resolve('found'),
  );
  assert.deepEqual([answer, calls], ['found', 3]);
});

test('repairClient() repairs once, however often it is called', async () => {
  const pool = brokerPool();
  const { withBroker } = pool;
  repairClient();
  assert.equal(brokerPool().withBroker, withBroker);
  assert.equal(await pool.withBroker(({ nodeId }) => Promise.resolve(typeof nodeId)), 'string');
});

test('repairClient() lets an idle connection rest, and one with requests look after them', (context) => {
  repairClient();
  const timers = context.mock.method(globalThis, 'setTimeout', () => 1);
  const { prototype } = require('kafkajs/src/network/requestQueue') as {
    readonly prototype: { scheduleCheckPendingRequests: () => void };
  };
  const queue = (pending: readonly unknown[]): typeof prototype =>
    Object.assign(Object.create(prototype) as typeof prototype, {
      pending,
      throttledUntil: -1,
      throttleCheckTimeoutId: null,
    });
  queue([]).scheduleCheckPendingRequests();
  assert.equal(timers.mock.callCount(), 0);
  queue(['request']).scheduleCheckPendingRequests();
  assert.equal(timers.mock.callCount(), 1);
});

test('repairClient() hides what was aborted in every version of a fetch that tells of it', async () => {
  repairClient();
  for (const version of [4, 5, 6, 7, 8, 9, 10, 11]) {
    const response = require(`kafkajs/src/protocol/requests/fetch/v${version}/response`) as {
      readonly parse: (data: unknown) => Promise<unknown>;
    };
    const batchContext = { producerId: '1', inTransaction: true };
    const message = { offset: '5', key: null, batchContext };
    const partition = {
      errorCode: 0,
      abortedTransactions: [{ producerId: '1', firstOffset: '5' }],
      messages: [message],
    };
    await response.parse({ errorCode: 0, responses: [{ partitions: [partition] }] });
    assert.deepEqual(partition, {
      errorCode: 0,
      abortedTransactions: [],
      messages: [{ ...message, isControlRecord: true }],
    });
  }
});
