import { PipelineError } from '../../core/index.ts';

/** Where a consumer group is in one partition, and what the partition has. */
export interface PartitionOffsets {
  readonly topic: string;
  readonly partition: number;
  /** Everything below it is done; `null` where the group has committed nothing. */
  readonly committed: bigint | null;
  /** What was committed with it: the partition's ledger. */
  readonly metadata: string;
  /** The first that is still there. */
  readonly begin: bigint;
  /** The next to be written. */
  readonly end: bigint;
}

export interface PartitionLag extends PartitionOffsets {
  /** Offsets between what is done and the end. */
  readonly lag: bigint;
  /** Offsets that retention deleted before they were done. */
  readonly lost: bigint;
}

/** How far a group is behind. */
export interface LagReport {
  readonly partitions: readonly PartitionLag[];
  readonly topics: readonly { readonly topic: string; readonly partitions: number; readonly lag: bigint }[];
  readonly lag: bigint;
  readonly lost: bigint;
}

/**
 * How far a group is behind in each partition, sorted by topic and partition. Where it has committed nothing, all that is
 * there counts, whatever `sources[].start` will say.
 */
export function lagReport(offsets: readonly PartitionOffsets[]): LagReport {
  const partitions = offsets.toSorted(byPlace).map((partition): PartitionLag => {
    const { begin, end } = partition;
    const committed = partition.committed ?? begin;
    const next = committed < begin ? begin : committed;
    return { ...partition, lag: next < end ? end - next : 0n, lost: next - committed };
  });
  const topics = [...new Set(partitions.map(({ topic }) => topic))].map((topic) => {
    const own = partitions.filter((partition) => partition.topic === topic);
    return { topic, partitions: own.length, lag: total(own.map(({ lag }) => lag)) };
  });
  return {
    partitions,
    topics,
    lag: total(partitions.map(({ lag }) => lag)),
    lost: total(partitions.map(({ lost }) => lost)),
  };
}

/** Where a group is to go on. */
export type SeekTarget =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'offset'; readonly offset: bigint }
  /** The first message from then on; the end where there is none. */
  | { readonly kind: 'time'; readonly timeMs: number };

export interface SeekMove {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint | null;
  readonly to: bigint;
  readonly metadata: string;
}

/**
 * Where each partition would go on, by number; its ledger stays with it.
 *
 * @param atTime for a time, the first offset from then on by partition; the end where it has none
 * @throws PipelineError OFFSET_INVALID if a partition does not have the offset
 */
export function seekMoves(
  offsets: readonly PartitionOffsets[],
  target: SeekTarget,
  atTime: ReadonlyMap<number, bigint> = new Map(),
): readonly SeekMove[] {
  return offsets.toSorted(byPlace).map(({ topic, partition, committed, metadata, begin, end }) => {
    const to = targetIn({ begin, end, atTime: atTime.get(partition) ?? end }, target);
    if (to < begin || to > end)
      throw new PipelineError(
        'OFFSET_INVALID',
        `Cannot seek in "${topic}", partition ${partition}, as it has the offsets ${begin} to ${end}: current value is ${to}`,
      );
    return { topic, partition, from: committed, to, metadata };
  });
}

function targetIn(
  { begin, end, atTime }: { readonly begin: bigint; readonly end: bigint; readonly atTime: bigint },
  target: SeekTarget,
): bigint {
  if (target.kind === 'offset') return target.offset;
  return { earliest: begin, latest: end, time: atTime }[target.kind];
}

function byPlace(a: PartitionOffsets, b: PartitionOffsets): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

function total(counts: readonly bigint[]): bigint {
  return counts.reduce((sum, count) => sum + count, 0n);
}
