import { PipelineError } from '../core/index.ts';

/** Where a packet can end: exactly one of these. */
export const OUTCOMES = ['scored', 'held', 'duplicate', 'deadLettered', 'tooLate'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type LedgerCounts = Readonly<Record<'consumed' | Outcome, number>>;

/** What `ledger.json` holds. */
export interface LedgerReport {
  readonly total: LedgerCounts;
  /** By file or topic partition, in order of first appearance. */
  readonly sources: readonly (LedgerCounts & { readonly source: string })[];
  readonly balanced: boolean;
}

type MutableCounts = Record<'consumed' | Outcome, number>;

function noCounts(): MutableCounts {
  return { consumed: 0, scored: 0, held: 0, duplicate: 0, deadLettered: 0, tooLate: 0 };
}

/**
 * Double-entry count of packets per source: one entry when a packet is read, one where it ends. The two are kept apart so
 * that a packet lost between them shows.
 */
export class Ledger {
  readonly #sources = new Map<string, MutableCounts>();

  /** A ledger that goes on from an earlier report. */
  static from(report: LedgerReport): Ledger {
    const ledger = new Ledger();
    for (const { source, ...counts } of report.sources) ledger.#sources.set(source, counts);
    return ledger;
  }

  consumed(source: string): void {
    this.#of(source).consumed++;
  }

  ended(source: string, outcome: Outcome): void {
    this.#of(source)[outcome]++;
  }

  report(): LedgerReport {
    const total = noCounts();
    const sources = [...this.#sources].map(([source, counts]) => ({ source, ...counts }));
    for (const counts of sources) {
      for (const key of ['consumed', ...OUTCOMES] as const) total[key] += counts[key];
    }
    return { total, sources, balanced: sources.every(isBalanced) };
  }

  /** @throws PipelineError LEDGER_UNBALANCED naming the first source whose packets are not all accounted for */
  assertBalanced(): void {
    const fault = this.report().sources.find((counts) => !isBalanced(counts));
    if (fault === undefined) return;
    throw new PipelineError(
      'LEDGER_UNBALANCED',
      `Cannot close the ledger as "${fault.source}" does not balance: current value is ${fault.consumed} consumed, ${endedCount(fault)} ended`,
      { details: fault },
    );
  }

  #of(source: string): MutableCounts {
    const known = this.#sources.get(source);
    if (known !== undefined) return known;
    const counts = noCounts();
    this.#sources.set(source, counts);
    return counts;
  }
}

function endedCount(counts: LedgerCounts): number {
  return OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);
}

function isBalanced(counts: LedgerCounts): boolean {
  return counts.consumed === endedCount(counts);
}
