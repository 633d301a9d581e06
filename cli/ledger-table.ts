import Table from 'cli-table3';
import { counted } from '../core/index.ts';
import { OUTCOMES } from '../pipeline/index.ts';
import type { LedgerCounts, LedgerReport } from '../pipeline/index.ts';

/** Above this many sources only the total is shown; `ledger --json`, and a replay's `ledger.json`, have them all. */
const SOURCES_SHOWN_MAX = 12;

const HEADS: Readonly<Record<keyof LedgerCounts, string>> = {
  consumed: 'consumed',
  scored: 'scored',
  held: 'held',
  duplicate: 'duplicate',
  deadLettered: 'dead-lettered',
  tooLate: 'too late',
};

/** The counts of one source; `forwarded` are those that a service has passed on to its internal topic. */
type Row = LedgerCounts & { readonly forwarded?: number };

/**
 * The ledger as a table, with one line that says whether it balances. Where a source has forwarded packets there is a column
 * for them; in the total they are where they ended, or in transit.
 *
 * @param inTransit packets of a service between two of its instances, which are accounted for as that
 */
export function ledgerTable({ total, sources, balanced }: LedgerReport, inTransit = 0): string {
  const columns = ['consumed', ...OUTCOMES] as const;
  const rows: readonly (Row & { readonly source: string })[] =
    sources.length > 1 && sources.length <= SOURCES_SHOWN_MAX ? sources : [];
  const hasForwarded = rows.some(({ forwarded = 0 }) => forwarded > 0);
  const head = ['source', ...columns.map((column) => HEADS[column]), ...(hasForwarded ? ['forwarded'] : [])];
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
  });
  const cells = (counts: LedgerCounts, forwarded: number | string): (number | string)[] => [
    ...columns.map((column) => counts[column]),
    ...(hasForwarded ? [forwarded] : []),
  ];
  for (const counts of rows) table.push([counts.source, ...cells(counts, counts.forwarded ?? 0)]);
  table.push(['total', ...cells(total, '–')]);
  const ended = OUTCOMES.reduce((sum, outcome) => sum + total[outcome], inTransit);
  const verdict = balanced
    ? `The ledger balances: ${counted(total.consumed, 'packet')} consumed, ${ended} accounted for`
    : `The ledger does not balance: ${counted(total.consumed, 'packet')} consumed, ${ended} accounted for`;
  return `${table.toString()}\n${verdict}`;
}
