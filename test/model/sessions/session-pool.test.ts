import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Metrics, PipelineError } from '../../../core/index.ts';
import { createSessionPool, float32Tensor, writeOnnx } from '../../../model/index.ts';
import type { NamedTensors, SessionPool } from '../../../model/index.ts';
import { graphOf, numbersOf } from '../../helpers/run-graph.ts';

const doubled = writeOnnx(
  graphOf('double', (g) => ({ y: g.mul(g.input('x', 'float32', ['n']), 2) })),
  new Map(),
);
const feeds = (...values: number[]): NamedTensors => ({
  x: float32Tensor(Float32Array.from(values), [values.length]),
});

const metrics = new Metrics();
let pool: SessionPool;

before(async () => {
  pool = createSessionPool({ workers: 2, device: 'cpu', batchesInFlightMax: 2, metrics });
  await pool.load('double', doubled);
});

after(() => pool.close());

function failsWith(pattern: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof PipelineError);
    assert.equal(error.code, 'INFERENCE_FAILED');
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes('\n'), 'one line');
    return true;
  };
}

test('SessionPool.run() answers more calls than may be in flight, each with its own result', async () => {
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, i) => pool.run('double', feeds(i, i + 1))),
  );
  assert.deepEqual(
    results.map(({ y }) => numbersOf(y)),
    Array.from({ length: 20 }, (_, i) => [2 * i, 2 * i + 2]),
  );
  assert.match(await metrics.exposition(), /nightjar_model_queue_batches 0\n/);
});

test('SessionPool.run() leaves the feeds alone, and takes them over when told to', async () => {
  const kept = feeds(1, 2);
  await pool.run('double', kept);
  assert.equal(kept['x']?.data.length, 2);
  const given = feeds(1, 2);
  await pool.run('double', given, { transfer: true });
  assert.equal(given['x']?.data.length, 0);
});

test('SessionPool.run() sends a view without the buffer behind it', async () => {
  const buffer = Float32Array.from({ length: 100 }, (_, i) => i);
  const { y } = await pool.run('double', { x: float32Tensor(buffer.subarray(10, 12), [2]) });
  assert.deepEqual(numbersOf(y), [20, 22]);
});

test('SessionPool.run() fails in one line on wrong feeds and unknown models, and goes on', async () => {
  const wrongName = { z: float32Tensor(new Float32Array(1), [1]) };
  await assert.rejects(pool.run('double', wrongName), failsWith(/^Cannot run "double" as .*'x'/));
  await assert.rejects(
    pool.run('double', { x: float32Tensor(new Float32Array(4), [2, 2]) }),
    failsWith(/Invalid rank/),
  );
  await assert.rejects(pool.run('none', feeds(1)), failsWith(/no model of the name "none"/));
  await assert.rejects(pool.load('damaged', doubled.subarray(0, 40)), failsWith(/^Cannot load "damaged"/));
  const { y } = await pool.run('double', feeds(4));
  assert.deepEqual(numbersOf(y), [8]);
});

test('SessionPool.run() ends with the reason of its signal, waiting or not', async () => {
  const reason = new Error('enough');
  await assert.rejects(pool.run('double', feeds(1), { signal: AbortSignal.abort(reason) }), reason);
  const controller = new AbortController();
  const runs = Array.from({ length: 6 }, (_, i) =>
    pool.run('double', feeds(i), i < 3 ? {} : { signal: controller.signal }),
  );
  controller.abort(reason);
  const settled = await Promise.allSettled(runs);
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected'],
  );
});

test('SessionPool.runTask() works beside models in a worker, with what its module exports', async () => {
  await pool.loadTask('sum', new URL('../../helpers/sum-task.js', import.meta.url));
  assert.equal(await pool.runTask('sum', [1, 2, 3]), 12);
  await assert.rejects(pool.runTask('sum', 'text'), failsWith(/^Cannot run task "sum" as /));
});

test('SessionPool.close() waits for what was asked and takes nothing new', async () => {
  const closing = createSessionPool({ workers: 1, device: 'cpu' });
  await closing.load('double', doubled);
  const runs = Array.from({ length: 5 }, (_, i) => closing.run('double', feeds(i)));
  const closed = closing.close();
  await assert.rejects(closing.run('double', feeds(1)), failsWith(/session pool is closed/));
  await closed;
  assert.equal((await Promise.allSettled(runs)).filter(({ status }) => status === 'fulfilled').length, 5);
  await closing.close();
});

test('SessionPool fails what a lost thread had, what comes after, and still closes', async () => {
  const lost = createSessionPool({ workers: 1, device: 'cpu' });
  await lost.loadTask('exit', new URL('data:text/javascript,export const runTask = () => process.exit(3)'));
  await assert.rejects(lost.runTask('exit', null), failsWith(/^Cannot run task "exit" as its thread ended/));
  await assert.rejects(lost.run('double', feeds(1)), failsWith(/its thread ended: current exit status is 3/));
  await lost.close();
});

test('SessionPool fails a task whose result cannot be sent, and goes on', async () => {
  const url = 'data:text/javascript,export const runTask = async () => ({ result: () => 1, transfer: [] })';
  await pool.loadTask('function', new URL(url));
  await assert.rejects(pool.runTask('function', null), failsWith(/^Cannot run task "function" as .*clone/));
  const { y } = await pool.run('double', feeds(4));
  assert.deepEqual(numbersOf(y), [8]);
});

test('SessionPool asks the threads that are left when one is lost', async (context) => {
  const left = createSessionPool({ workers: 2, device: 'cpu' });
  context.after(() => left.close());
  await left.load('double', doubled);
  await left.loadTask('exit', new URL('data:text/javascript,export const runTask = () => process.exit(3)'));
  await assert.rejects(left.runTask('exit', null), failsWith(/its thread ended/));
  const { y } = await left.run('double', feeds(4));
  assert.deepEqual(numbersOf(y), [8]);
});

test('createSessionPool() refuses counts below one', () => {
  assert.throws(() => createSessionPool({ workers: 0, device: 'cpu' }), /workers must be at least 1/);
});
