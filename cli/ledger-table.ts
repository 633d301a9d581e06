import Table from 'cli-table3';
import { counted } from '../core/index.ts';
import { OUTCOMES } from '../pipeline/index.ts';
import type { LedgerReport } from '../pipeline/index.ts';

/** Above this many sources only the total is shown; `ledger.json` has them all. */
const SOURCES_SHOWN_MAX = 12;

/**
 * The ledger as a table, with one line that says whether it balances.
 *
 * @param inTransit packets of a service between two of its instances, which are accounted for as that
 */
export function ledgerTable({ total, sources, balanced }: LedgerReport, inTransit = 0): string {
  const columns = ['consumed', ...OUTCOMES] as const;
  const table = new Table({
    head: ['source', 'consumed', 'scored', 'held', 'duplicate', 'dead-lettered', 'too late'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  if (sources.length > 1 && sources.length <= SOURCES_SHOWN_MAX) {
    for (const counts of sources) table.push([counts.source, ...columns.map((column) => counts[column])]);
  }
  table.push(['total', ...columns.map((column) => total[column])]);
  const ended = OUTCOMES.reduce((sum, outcome) => sum + total[outcome], inTransit);
  const verdict = balanced
    ? `The ledger balances: ${counted(total.consumed, 'packet')} consumed, ${ended} accounted for`
    : `The ledger does not balance: ${counted(total.consumed, 'packet')} consumed, ${ended} accounted for`;
  return `${table.toString()}\n${verdict}`;
}
