import { readFileSync, writeFileSync } from 'node:fs';
import { mjdTai, objectKey } from '../../core/index.ts';
import type { Alert, LightCurve, Point } from '../../core/index.ts';
import { listArchiveInputs, readArchives } from '../../streams/index.ts';
import { benchConfig, openBenchDecoder } from '../data.ts';
import type { BenchData } from '../data.ts';
import { median } from '../result.ts';
import { takeFrom } from './stopwatch.ts';

/** Light curves of one length, for every variant the same. */
export interface CurveSet {
  /** Measured points, one per exposure and band, of each curve. */
  readonly points: number;
  readonly curves: readonly LightCurve[];
}

/**
 * A detection and forced photometry of one band this close are of one exposure: the model takes one of them.
 */
const SAME_EXPOSURE_DAYS = 1e-4;

/**
 * The light curve that each object's fullest packet holds, with its measured points alone, in order of time.
 */
export async function packetCurves(data: BenchData): Promise<readonly LightCurve[]> {
  const config = benchConfig(data);
  const decoder = await openBenchDecoder(config);
  const fullest = new Map<string, Alert>();
  for (const paths of data.paths.values()) {
    const inputs = await listArchiveInputs(paths);
    for await (const { result } of readArchives(inputs, { decoder, archive: config.archive })) {
      if (!result.ok) continue;
      const key = objectKey(result.value.survey, result.value.objectId);
      if ((fullest.get(key)?.points.length ?? -1) < result.value.points.length)
        fullest.set(key, result.value);
    }
  }
  return [...fullest.values()].map(({ survey, objectId, raDeg, decDeg, points }) => ({
    survey,
    objectId,
    raDeg,
    decDeg,
    points: onePerExposure(points),
  }));
}

/**
 * Curves of exactly so many points: those of each object that has as many, thinned evenly, so that they span
 * its whole history; surveys in turn. Points that the first thinning left out make further curves, and at
 * last the same ones come again, until there are enough.
 *
 * @throws Error if no object has as many points
 */
export function curvesOfLength(
  curves: readonly LightCurve[],
  { points, count }: { readonly points: number; readonly count: number },
): CurveSet {
  const bySurvey = new Map<string, LightCurve[][]>();
  for (const curve of curves) {
    const stride = Math.floor(curve.points.length / points);
    if (stride === 0) continue;
    const thinned = Array.from({ length: stride }, (_, offset) => ({
      ...curve,
      points: curve.points.filter((_, i) => i % stride === offset).slice(0, points),
    }));
    bySurvey.set(curve.survey, [...(bySurvey.get(curve.survey) ?? []), thinned]);
  }
  const found = inTurn([...bySurvey.values()].map(inTurn));
  if (found.length === 0) throw new Error(`Cannot measure on ${points} points as no object has as many`);
  return { points, curves: takeFrom(found, 0, count) };
}

/** Median time from a curve's first to its last point, days: the period search grows with it. */
export function medianSpanDays({ curves }: CurveSet): number {
  return median(curves.map(({ points }) => (points.at(-1)?.mjdTai ?? 0) - (points[0]?.mjdTai ?? 0)));
}

export function writeCurves(file: string, set: CurveSet): void {
  writeFileSync(
    file,
    JSON.stringify(set, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
}

export function readCurves(file: string): CurveSet {
  return JSON.parse(readFileSync(file, 'utf8')) as CurveSet;
}

function onePerExposure(points: readonly Point[]): readonly Point[] {
  const lastMjdTai = new Map<string, number>();
  return points
    .filter(({ kind }) => kind !== 'upperLimit')
    .sort((a, b) => a.mjdTai - b.mjdTai)
    .filter(({ band, mjdTai }) => {
      if (mjdTai - (lastMjdTai.get(band) ?? -Infinity) <= SAME_EXPOSURE_DAYS) return false;
      lastMjdTai.set(band, mjdTai);
      return true;
    });
}

/** The first of each list, then the second of each, to the end of the longest. */
function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}

/** The same curve, its times stretched so that it lasts as long as is wanted. */
export function stretched(curve: LightCurve, spanDays: number): LightCurve {
  const first = curve.points[0]?.mjdTai ?? mjdTai(0);
  const scale = spanDays / Math.max(Number.MIN_VALUE, (curve.points.at(-1)?.mjdTai ?? first) - first);
  return {
    ...curve,
    points: curve.points.map((point) => ({
      ...point,
      mjdTai: mjdTai(first + (point.mjdTai - first) * scale),
    })),
  };
}
