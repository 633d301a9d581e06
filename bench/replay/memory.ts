import { readFileSync } from 'node:fs';
import { median } from '../result.ts';

const MIB = 2 ** 20;
const KIB_PER_MIB = 1024;

/** Memory of this process after so many packets, MiB. */
export interface MemorySample {
  readonly packets: number;
  readonly elapsedMs: number;
  /** Resident in all. */
  readonly rssMib: number;
  /**
   * Resident and not of a file: what the process itself holds. `rssMib` where the system does not tell them
   * apart.
   */
  readonly ownMib: number;
  /**
   * Resident and of a file: programs, libraries and what was touched of the store, which LMDB reads through a
   * map of its file. The system drops such pages when memory is short; they grow with the store, and not
   * beyond it but for the older, smaller maps that are kept as the file grows.
   */
  readonly mappedMib: number;
  /** JavaScript objects of the main thread. */
  readonly heapMib: number;
  /** Buffers of the main thread, outside the heap. */
  readonly externalMib: number;
}

export function memorySample(packets: number, elapsedMs: number): MemorySample {
  const { rss, heapUsed, external } = process.memoryUsage();
  const ownMib = anonymousMib() ?? rss / MIB;
  return {
    packets,
    elapsedMs,
    rssMib: rss / MIB,
    ownMib,
    mappedMib: Math.max(0, rss / MIB - ownMib),
    heapMib: heapUsed / MIB,
    externalMib: external / MIB,
  };
}

/** The kernel's count of resident anonymous pages; `null` where there is none. */
function anonymousMib(): number | null {
  try {
    const kib = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kib === undefined ? null : Number(kib) / KIB_PER_MIB;
  } catch {
    return null;
  }
}

/** How a quantity changed over a run. */
export interface Trend {
  /** Least-squares slope, units per 100,000 packets. */
  readonly slopePer100k: number;
  /** Median of the last window over that of the first. */
  readonly lastOverFirst: number;
}

/**
 * Trend of a quantity over samples in order of packets.
 *
 * @param window packets at each end that the medians are taken over
 */
export function trendOf(
  samples: readonly { readonly packets: number; readonly value: number }[],
  window: number,
): Trend {
  const first = samples[0]?.packets ?? 0;
  const last = samples.at(-1)?.packets ?? 0;
  const medianWhere = (isIn: (packets: number) => boolean): number =>
    median(samples.filter(({ packets }) => isIn(packets)).map(({ value }) => value));
  return {
    slopePer100k: 1e5 * slope(samples),
    lastOverFirst:
      medianWhere((packets) => packets > last - window) / medianWhere((packets) => packets < first + window),
  };
}

/** Least-squares slope of value over packets; 0 for fewer than two places. */
function slope(samples: readonly { readonly packets: number; readonly value: number }[]): number {
  const mean = (of: (sample: (typeof samples)[number]) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [x, y] = [mean(({ packets }) => packets), mean(({ value }) => value)];
  const xx = mean(({ packets }) => (packets - x) ** 2);
  return xx > 0 ? mean(({ packets, value }) => (packets - x) * (value - y)) / xx : 0;
}
