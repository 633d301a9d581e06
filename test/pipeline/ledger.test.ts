import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipelineError } from '../../core/index.ts';
import { Ledger } from '../../pipeline/index.ts';

test('Ledger balances when each consumed packet has ended once, per source and in total', () => {
  const ledger = new Ledger();
  for (const [source, outcome] of [
    ['a', 'scored'],
    ['a', 'held'],
    ['b', 'deadLettered'],
  ] as const) {
    ledger.consumed(source);
    ledger.ended(source, outcome);
  }
  const report = ledger.report();
  assert.equal(report.balanced, true);
  assert.deepEqual(report.total, {
    consumed: 3,
    scored: 1,
    held: 1,
    duplicate: 0,
    deadLettered: 1,
    tooLate: 0,
  });
  assert.deepEqual(
    report.sources.map(({ source, consumed }) => [source, consumed]),
    [
      ['a', 2],
      ['b', 1],
    ],
  );
  ledger.assertBalanced();
});

test('Ledger does not let one source make up for another', () => {
  const ledger = new Ledger();
  ledger.consumed('a');
  ledger.consumed('b');
  ledger.ended('a', 'scored');
  ledger.ended('a', 'scored');
  assert.equal(ledger.report().balanced, false);
  assert.throws(
    () => {
      ledger.assertBalanced();
    },
    (error: unknown) =>
      error instanceof PipelineError && error.code === 'LEDGER_UNBALANCED' && error.message.includes('"a"'),
  );
});

test('Ledger.from() goes on from a report', () => {
  const first = new Ledger();
  first.consumed('a');
  first.ended('a', 'duplicate');
  const second = Ledger.from(first.report());
  second.consumed('a');
  second.ended('a', 'scored');
  assert.deepEqual(second.report().total, {
    consumed: 2,
    scored: 1,
    held: 0,
    duplicate: 1,
    deadLettered: 0,
    tooLate: 0,
  });
});
