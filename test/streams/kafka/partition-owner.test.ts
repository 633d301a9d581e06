import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipelineError } from '../../../core/index.ts';
import type { PartitionWork } from '../../../streams/kafka/partition-input.ts';
import { turn } from '../../helpers/turn.ts';
import { metricSum } from './fake-kafka.ts';
import { copying, FENCE, gate, NAME, OwnersBench, UNREACHABLE } from './owners-bench.ts';

test('PartitionOwner fences the owner before it, and only then reads what the group has committed', async () => {
  const bench = new OwnersBench();
  const { work, inputs, taken } = copying();
  const fenced = gate();
  bench.kafka.before = (event) => (event.endsWith('abort') ? fenced.opened : undefined);
  await bench.assign(work);
  assert.deepEqual(bench.events(), FENCE.slice(0, 2));
  assert.equal(bench.paused.get('in/0'), true);
  assert.equal(bench.receive(5n, [5n]), false);
  fenced.open();
  await turn();
  assert.deepEqual(bench.events(), ['g:in:0: abort', 'read offset of in/0', 'fetch in/0 from 5']);
  assert.equal(bench.paused.get('in/0'), false);
  assert.equal(inputs[0]?.metadata, 'begun');
  assert.equal(bench.receive(5n, [5n, 6n]), true);
  await turn();
  assert.deepEqual(bench.events(), ['g:in:0: begin', 'g:in:0: in/0 at 7 "done"', 'g:in:0: commit']);
  assert.deepEqual(taken, [5n, 6n]);
});

test('PartitionOwner begins anew after waits that double, until a commit has gone well', async () => {
  const bench = new OwnersBench();
  let fails = true;
  const { work, taken } = copying();
  const failing: PartitionWork = (input) => (fails ? Promise.reject(UNREACHABLE) : work(input));
  await bench.assign(failing);
  for (const waitMs of [100, 200, 400, 800, 1000]) {
    assert.deepEqual(bench.clock.sleepsMs, [waitMs]);
    bench.clock.advance(waitMs - 1);
    await turn();
    assert.deepEqual(bench.events().slice(-1), ['g:in:0: disconnect']);
    fails = waitMs < 1000;
    bench.clock.advance(1);
    await turn();
  }
  assert.deepEqual(bench.events(), [...FENCE, 'read offset of in/0', 'fetch in/0 from 5']);
  bench.receive(5n, [5n]);
  await turn();
  assert.deepEqual(taken, [5n]);
  // After that commit the next failure is the first again.
  bench.kafka.before = (event) => {
    if (event.endsWith('"done"')) throw UNREACHABLE;
  };
  bench.receive(6n, [6n]);
  await turn();
  assert.deepEqual(bench.clock.sleepsMs, [100]);
  assert.equal(await metricSum(bench.connection, 'nightjar_kafka_session_restarts_total'), 6);
  assert.deepEqual(bench.failures, []);
});

test('PartitionOwner begins anew only when the group has said that the partition is still here', async () => {
  const bench = new OwnersBench();
  const word = gate();
  bench.confirmed = () => word.opened;
  await bench.assign(() => Promise.reject(UNREACHABLE));
  bench.events();
  bench.clock.advance(100);
  await turn();
  assert.deepEqual(bench.events(), []);
  word.open();
  await turn();
  assert.deepEqual(bench.events().slice(0, 3), FENCE);
});

test('PartitionOwner reports once what trying again does not mend, and ends', async () => {
  for (const error of [new PipelineError('TOPIC_FORBIDDEN', 'No'), new TypeError('A fault of ours')]) {
    const bench = new OwnersBench();
    await bench.assign(() => Promise.reject(error));
    await bench.owners.ended();
    assert.deepEqual(bench.failures, [[error, NAME]]);
    assert.deepEqual(bench.clock.sleepsMs, []);
    assert.deepEqual(bench.events().slice(-1), ['g:in:0: disconnect']);
    assert.equal(bench.paused.get('in/0'), true);
  }
});

test('PartitionOwner takes the end of work that should go on for a fault', async () => {
  const bench = new OwnersBench();
  await bench.assign(() => Promise.resolve());
  assert.match(String(bench.failures[0]?.[0]), /partition 0 of topic "in" as the work on it has ended/);
});

test('PartitionOwner asks the log about a fetch beyond its position, and fetches from there again', async () => {
  const bench = new OwnersBench();
  const { work, taken } = copying();
  await bench.assign(work);
  bench.events();
  // Nothing is missing in the log, so that the consumer was in the wrong place.
  assert.equal(bench.receive(8n, [8n]), true);
  assert.equal(bench.paused.get('in/0'), true);
  await turn();
  assert.deepEqual(bench.events(), ['read bounds of in', 'fetch in/0 from 5']);
  assert.equal(bench.paused.get('in/0'), false);
  assert.deepEqual([taken, await bench.skippedMessages()], [[], 0]);
  // Retention has deleted what is in between.
  bench.bounds = { low: 8n, high: 100n };
  bench.receive(8n, [8n]);
  await turn();
  assert.deepEqual(bench.events(), [
    'read bounds of in',
    'fetch in/0 from 8',
    'g:in:0: begin',
    'g:in:0: in/0 at 8 "begun"',
    'g:in:0: commit',
  ]);
  assert.equal(await bench.skippedMessages(), 3);
  bench.receive(8n, [8n]);
  await turn();
  assert.deepEqual(taken, [8n]);
});

test('PartitionOwner passes an empty batch that begins at its position, and one beyond it when it comes again', async () => {
  const bench = new OwnersBench();
  await bench.assign(copying().work);
  bench.events();
  const empty = (firstOffset: bigint | null, nextOffset: bigint): void => {
    bench.owners.receiveEmpty(NAME, { firstOffset, nextOffset });
  };
  empty(4n, 7n);
  empty(7n, 8n);
  empty(null, 9n);
  assert.deepEqual([bench.position, bench.events()], [9n, []]);
  empty(12n, 15n);
  assert.equal(bench.position, 9n);
  await turn();
  assert.deepEqual(bench.events(), ['read bounds of in', 'fetch in/0 from 9']);
  // Something else is seen there now.
  empty(13n, 16n);
  await turn();
  assert.deepEqual([bench.position, bench.events()], [9n, ['read bounds of in', 'fetch in/0 from 9']]);
  empty(13n, 16n);
  assert.deepEqual([bench.position, bench.events()], [16n, []]);
  assert.equal(await bench.skippedMessages(), 0);
});

test('PartitionOwner.observe() passes over what the log has no more, and counts it and the lag', async () => {
  const bench = new OwnersBench();
  await bench.assign(copying().work);
  const [owner] = bench.owners.all;
  assert.ok(owner !== undefined);
  assert.deepEqual([owner.lag, owner.isBehind], [null, false]);
  owner.observe({ low: 0n, high: 5n }, 5n);
  assert.deepEqual([owner.lag, owner.isBehind], [0n, false]);
  owner.observe({ low: 0n, high: 20n }, 5n);
  assert.deepEqual([owner.lag, owner.isBehind], [15n, true]);
  bench.events();
  owner.observe({ low: 11n, high: 20n }, 5n);
  assert.deepEqual([bench.position, bench.events()], [11n, ['fetch in/0 from 11']]);
  await turn();
  assert.deepEqual([await bench.skippedMessages(), owner.lag], [6, 9n]);
});

test('PartitionOwner counts what was deleted before the group had read it', async () => {
  const bench = new OwnersBench();
  bench.skipped = 4n;
  await bench.assign(copying().work);
  assert.deepEqual([bench.position, await bench.skippedMessages()], [5n, 4]);
});
