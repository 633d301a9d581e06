import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withinLimit } from '../../../streams/kafka/within-limit.ts';
import { turn } from '../../helpers/turn.ts';
import { WaitingClock } from '../../helpers/waiting-clock.ts';

const late = (): Error => new Error('late');

test('withinLimit() gives the outcome of a task, and leaves no timer', async () => {
  const clock = new WaitingClock();
  assert.equal(await withinLimit({ clock, limitMs: 10, late, run: () => Promise.resolve(7) }), 7);
  const failing = { clock, limitMs: 10, late, run: () => Promise.reject(new Error('its own')) };
  await assert.rejects(withinLimit(failing), /its own/);
  assert.deepEqual(clock.sleepsMs, []);
});

test('withinLimit() rejects just at the limit, whatever becomes of the task', async () => {
  const clock = new WaitingClock();
  let fail = (error: Error): void => {
    throw error;
  };
  const run = (): Promise<never> => new Promise((_, reject) => (fail = reject));
  const outcomes: string[] = [];
  const task = withinLimit({ clock, limitMs: 10, late, run }).catch((error: unknown) =>
    outcomes.push(String(error)),
  );
  clock.advance(9);
  await turn();
  assert.deepEqual(outcomes, []);
  clock.advance(1);
  await task;
  fail(new Error('too late to matter'));
  await turn();
  assert.deepEqual(outcomes, ['Error: late']);
});
