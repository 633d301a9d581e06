import type { Alert, Point, PointKind, SurveyId } from '../../../core/index.ts';
import { mjdTai, njy } from '../../../core/index.ts';

/** A point as tests write it: what is left out has a plain value. */
export interface PointSketch {
  readonly kind?: PointKind;
  readonly alertId?: SurveyId | null;
  readonly mjd: number;
  readonly band?: string;
  readonly flux?: number;
  readonly fluxErr?: number;
}

export function pointOf(sketch: PointSketch): Point {
  return {
    kind: sketch.kind ?? 'detection',
    alertId: sketch.alertId ?? null,
    mjdTai: mjdTai(sketch.mjd),
    band: sketch.band ?? 'r',
    fluxNjy: njy(sketch.flux ?? 100),
    fluxErrNjy: njy(sketch.fluxErr ?? 1),
  };
}

export interface AlertSketch {
  readonly survey?: string;
  readonly objectId?: SurveyId;
  readonly alertId?: SurveyId | null;
  readonly mjd: number;
  readonly band?: string;
  readonly raDeg?: number;
  readonly decDeg?: number;
  /** The history; the alert's own point comes on top. */
  readonly history?: readonly PointSketch[];
  readonly flux?: number;
  readonly metadata?: Alert['metadata'];
  readonly file?: string;
  readonly index?: number;
}

/** A whole alert from a few words about it. */
export function alertOf(sketch: AlertSketch): Alert {
  const alertId = sketch.alertId === undefined ? BigInt(Math.round(sketch.mjd * 1000)) : sketch.alertId;
  const band = sketch.band ?? 'r';
  const own: PointSketch = {
    alertId,
    mjd: sketch.mjd,
    band,
    ...(sketch.flux === undefined ? {} : { flux: sketch.flux }),
  };
  const points = [...(sketch.history ?? []), own].map(pointOf);
  return {
    survey: sketch.survey ?? 'ztf',
    schemaVersion: '4.02',
    objectId: sketch.objectId ?? 'ZTF18abcdefg',
    alertId,
    mjdTai: mjdTai(sketch.mjd),
    raDeg: sketch.raDeg ?? 150,
    decDeg: sketch.decDeg ?? 20,
    band,
    wavelengthAngstrom: 6366.4,
    diffFluxNjy: njy(sketch.flux ?? 100),
    diffFluxErrNjy: njy(1),
    totalFluxNjy: null,
    totalFluxErrNjy: null,
    realBogusRatio: null,
    points,
    historyCounts: { detection: points.length, upperLimit: 0, forced: 0 },
    metadata: sketch.metadata ?? {},
    cutoutNames: [],
    cutouts: [],
    source: { file: sketch.file ?? 'night.tar.gz', index: sketch.index ?? 0 },
  };
}
