import { njy, Random } from '../../core/index.ts';
import type { DataSetObject, LightCurve, Point } from '../../core/index.ts';

/** How a light curve is drawn again from a light curve. */
export interface ResamplingSettings {
  /** Light curves drawn from each; 0 for none. */
  readonly curves: number;
  /** Least chance of a point to be kept, in (0, 1]: one light curve's is drawn between this and 1. */
  readonly keptRatioMin: number;
  /** Noise that is added to fluxes, in units of their 1σ errors. */
  readonly noiseScale: number;
}

/** A light curve is not thinned out to fewer measured points. */
const MEASURED_MIN = 3;

/**
 * The light curve as another survey of the same sky might have it: some points are missing, and measured fluxes differ
 * within their errors. What is computed from it anew, its period included, differs as it would between observers.
 *
 * @returns a light curve of the same object, its points a part of the given ones in their order; all of them where fewer than
 *   three measured ones would stay
 */
export function resampleCurve(
  lightCurve: LightCurve,
  { keptRatioMin, noiseScale }: ResamplingSettings,
  random: Random,
): LightCurve {
  const keptRatio = random.between(keptRatioMin, 1);
  const kept = lightCurve.points.filter(() => random.uniform() < keptRatio);
  const points = measuredOf(kept) < MEASURED_MIN ? lightCurve.points : kept;
  return { ...lightCurve, points: points.map((point) => withNoise(point, noiseScale, random)) };
}

function measuredOf(points: readonly Point[]): number {
  return points.filter(({ kind }) => kind !== 'upperLimit').length;
}

/** An upper limit has no flux to change. */
function withNoise(point: Point, noiseScale: number, random: Random): Point {
  if (point.kind === 'upperLimit' || noiseScale === 0) return point;
  return { ...point, fluxNjy: njy(point.fluxNjy + noiseScale * point.fluxErrNjy * random.normal()) };
}

/**
 * The light curves drawn from those of objects, `settings.curves` for each one after the other: the objects again, with
 * nothing but a light curve. What is drawn depends on the seed, the object and the number of the curve alone.
 *
 * @returns as many objects as `settings.curves` for each, with the object's own id
 */
export async function* resampledObjects(
  objects: AsyncIterable<DataSetObject>,
  settings: ResamplingSettings,
  seed: string,
): AsyncGenerator<DataSetObject> {
  for await (const object of objects)
    for (let curve = 0; curve < settings.curves; curve++) {
      const random = Random.forPurpose(seed, `resampled/${object.objectId}/${curve}`);
      const lightCurve = resampleCurve(object.joined.lightCurve, settings, random);
      yield { ...object, joined: { lightCurve, metadata: {}, spectrum: null } };
    }
}
