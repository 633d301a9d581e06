import { median } from '../result.ts';

/** Memory at a time. */
export interface MemoryPoint {
  readonly elapsedMs: number;
  readonly mib: number;
}

/** How memory grew and where it stayed, MiB. */
export interface MemoryCourse {
  readonly startMib: number;
  /** Median of the second half of the time. */
  readonly plateauMib: number;
  readonly peakMib: number;
  /** Least-squares slope over the second half, MiB a minute. */
  readonly slopeMibPerMinute: number;
}

const MS_PER_MINUTE = 60_000;

/** @param points in order of time, at least one */
export function memoryCourse(points: readonly MemoryPoint[]): MemoryCourse {
  const endMs = points.at(-1)?.elapsedMs ?? NaN;
  const late = points.filter(({ elapsedMs }) => elapsedMs >= endMs / 2);
  return {
    startMib: points[0]?.mib ?? NaN,
    plateauMib: median(late.map(({ mib }) => mib)),
    peakMib: Math.max(...points.map(({ mib }) => mib)),
    slopeMibPerMinute: MS_PER_MINUTE * slopePerMs(late),
  };
}

/** 0 for fewer than two points. */
function slopePerMs(points: readonly MemoryPoint[]): number {
  const mean = (of: (point: MemoryPoint) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(({ elapsedMs }) => elapsedMs), mean(({ mib }) => mib)];
  const xx = mean(({ elapsedMs }) => (elapsedMs - x) ** 2);
  return xx > 0 ? mean(({ elapsedMs, mib }) => (elapsedMs - x) * (mib - y)) / xx : 0;
}
