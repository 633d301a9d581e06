import { z } from 'zod';
import { PipelineError } from '../../core/index.ts';
import { OUTCOMES } from '../ledger.ts';
import type { LedgerCounts, LedgerReport } from '../ledger.ts';

/** Where a message of a partition can end: as any packet, or in the internal topic of slim alerts. */
export const PARTITION_OUTCOMES = [...OUTCOMES, 'forwarded'] as const;
export type PartitionOutcome = (typeof PARTITION_OUTCOMES)[number];
export type PartitionCounts = Readonly<Record<'consumed' | PartitionOutcome, number>>;

const COLUMNS = ['consumed', ...PARTITION_OUTCOMES] as const;
const countsSchema = z.partialRecord(z.enum(COLUMNS), z.int().nonnegative());

/**
 * The counts that were committed with a partition's offset.
 *
 * @param metadata of the offset; another program's, or none, counts as nothing
 */
export function partitionCounts(metadata: string): PartitionCounts {
  const counts = { consumed: 0, scored: 0, held: 0, duplicate: 0, deadLettered: 0, tooLate: 0, forwarded: 0 };
  const parsed = countsSchema.safeParse(parsedJson(metadata));
  return parsed.success ? { ...counts, ...parsed.data } : counts;
}

/**
 * Double-entry count of one partition: packets read, and where they ended. It travels as the metadata of the partition's
 * offset, so that counts, offset and records are committed in one transaction, and whoever takes the partition over goes
 * on from them.
 */
export class PartitionLedger {
  readonly #counts: Record<'consumed' | PartitionOutcome, number>;

  /** @param metadata of the offset on which the partition goes on */
  constructor(metadata: string) {
    this.#counts = { ...partitionCounts(metadata) };
  }

  consumed(packets: number): void {
    this.#counts.consumed += packets;
  }

  ended(outcome: PartitionOutcome): void {
    this.#counts[outcome]++;
  }

  /**
   * The metadata to be committed: columns that are not 0, as JSON.
   *
   * @throws PipelineError LEDGER_UNBALANCED if a packet has not ended
   */
  metadata(): string {
    const { consumed } = this.#counts;
    const ended = endedCount(this.#counts);
    if (consumed !== ended) {
      throw new PipelineError(
        'LEDGER_UNBALANCED',
        `Cannot commit a partition as its ledger does not balance: current value is ${consumed} consumed, ${ended} ended`,
      );
    }
    return JSON.stringify(Object.fromEntries(Object.entries(this.#counts).filter(([, count]) => count > 0)));
  }
}

/** One partition of the group, with what was committed with its offset. */
export interface CommittedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly metadata: string;
}

/** What `nightjar ledger --config` shows. */
export interface ServiceLedgerReport extends LedgerReport {
  /** Alerts that are in the internal topic and not yet taken from it. */
  readonly inTransit: number;
}

/**
 * The group's ledger. What went through the internal topic counts as consumed where it was read from the survey, and ends
 * where it was taken from the internal topic.
 */
export function serviceLedger(
  partitions: readonly CommittedPartition[],
  alertsTopic: string,
): ServiceLedgerReport {
  const rows = partitions.map(({ topic, partition, metadata }) => ({
    isInternal: topic === alertsTopic,
    source: `${topic}/${partition}`,
    counts: partitionCounts(metadata),
  }));
  const sum = (column: keyof PartitionCounts, of = rows): number =>
    of.reduce((total, { counts }) => total + counts[column], 0);
  const internal = rows.filter(({ isInternal }) => isInternal);
  const inTransit = sum('forwarded') - sum('consumed', internal);
  const total: LedgerCounts = {
    consumed: sum('consumed') - sum('consumed', internal),
    scored: sum('scored'),
    held: sum('held'),
    duplicate: sum('duplicate'),
    deadLettered: sum('deadLettered'),
    tooLate: sum('tooLate'),
  };
  return {
    total,
    sources: rows.map(({ source, counts }) => ({ source, ...counts })),
    inTransit,
    balanced: inTransit >= 0 && rows.every(({ counts }) => counts.consumed === endedCount(counts)),
  };
}

function endedCount(counts: PartitionCounts): number {
  return PARTITION_OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
