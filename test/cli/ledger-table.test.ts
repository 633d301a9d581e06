import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerTable } from '../../cli/ledger-table.ts';
import { serviceLedger } from '../../pipeline/index.ts';

/** The numbers of each row, by its first cell. */
function rowsOf(table: string): Map<string, readonly string[]> {
  const rows = table
    .split('\n')
    .filter((line) => line.startsWith('│'))
    .map((line) => line.split('│').map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, -1));
  return new Map(rows.map(([first = '', ...rest]) => [first, rest]));
}

test('ledgerTable() shows what a source has forwarded, so that each row adds up', () => {
  const report = serviceLedger(
    [
      { topic: 'toy', partition: 0, metadata: '{"consumed":9,"deadLettered":2,"forwarded":7}' },
      { topic: 'nightjar.alerts', partition: 0, metadata: '{"consumed":6,"scored":4,"held":2}' },
    ],
    'nightjar.alerts',
  );
  const rows = rowsOf(ledgerTable(report, report.inTransit));
  assert.equal(rows.get('source')?.at(-1), 'forwarded');
  for (const source of ['toy/0', 'nightjar.alerts/0']) {
    const [consumed, ...ended] = (rows.get(source) ?? []).map(Number);
    assert.equal(
      ended.reduce((sum, count) => sum + count, 0),
      consumed,
      source,
    );
  }
  assert.deepEqual(rows.get('total'), ['9', '4', '2', '0', '2', '0', '–']);
});

test('ledgerTable() has no column of forwarded packets where there are none', () => {
  const report = serviceLedger(
    [
      { topic: 'toy', partition: 0, metadata: '{"consumed":1,"scored":1}' },
      { topic: 'toy', partition: 1, metadata: '{"consumed":2,"held":2}' },
    ],
    'nightjar.alerts',
  );
  const table = ledgerTable(report);
  assert.doesNotMatch(table, /forwarded/);
  assert.deepEqual(rowsOf(table).get('toy/1'), ['2', '0', '2', '0', '0', '0']);
});
