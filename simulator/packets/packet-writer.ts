import type { SurveyId } from '../../core/index.ts';
import type { HostSetting } from '../classes/source.ts';
import { R_ANGSTROM, njyFromMag } from '../classes/star.ts';
import { hostMagAt } from '../sky/object.ts';
import type { SkyObject } from '../sky/object.ts';
import type { Surroundings } from '../sky/surroundings.ts';
import type { Measurement } from '../surveys/photometry.ts';
import type { SurveyModel } from '../surveys/survey.ts';
import type { Scene, SceneGalaxy } from './cutouts.ts';

/** An object with every measurement of it, in order of time. */
export interface ObservedObject {
  readonly object: SkyObject;
  /** Number of the object among those that alert on its detector in its field: makes source ids unique. */
  readonly rank: number;
  readonly measurements: readonly Measurement[];
  readonly surroundings: Surroundings;
}

/** One alert as the survey sends it. */
export interface WrittenPacket {
  readonly bytes: Buffer;
  /** Where the Avro record begins in `bytes`, behind its framing. */
  readonly recordOffset: number;
  readonly objectId: SurveyId;
  readonly alertId: bigint;
  /** Name of its file in a nightly archive. */
  readonly memberName: string;
}

/** Packs alerts in one survey's format. */
export interface PacketWriter {
  objectIdOf(observed: ObservedObject): SurveyId;
  /**
   * The alert of one detection, with the history up to it.
   *
   * @param index of the detection among the object's measurements
   */
  packetOf(observed: ObservedObject, index: number): WrittenPacket;
}

/** Detector by position in a square field of columns and rows, counted from 0. */
export function detectorOf(
  object: SkyObject,
  options: { readonly fieldSideDeg: number; readonly columns: number; readonly rows: number },
): { readonly detector: number; readonly xRatio: number; readonly yRatio: number } {
  const { fieldSideDeg, columns, rows } = options;
  const { field } = object;
  const eastDeg =
    (((object.raDeg - field.raDeg + 540) % 360) - 180) * Math.cos((field.decDeg * Math.PI) / 180);
  const at = (offsetDeg: number, count: number): number =>
    Math.min(count - 1e-9, Math.max(0, (offsetDeg / fieldSideDeg + 0.5) * count));
  const x = at(eastDeg, columns);
  const y = at(object.decDeg - field.decDeg, rows);
  return {
    detector: Math.floor(y) * columns + Math.floor(x),
    xRatio: x - Math.floor(x),
    yRatio: y - Math.floor(y),
  };
}

/** What the three cutouts of a measurement show. @param variant picks one of a few realisations of the noise */
export function cutoutScenes(
  { object }: ObservedObject,
  { visit, diffFluxNjy, errNjy }: Measurement,
  { survey, variant }: { readonly survey: SurveyModel; readonly variant: number },
): { readonly science: Scene; readonly template: Scene; readonly difference: Scene } {
  const { bandIndex } = visit;
  const galaxy = sceneGalaxy(object, bandIndex, survey.bands[bandIndex]?.wavelengthAngstrom ?? R_ANGSTROM);
  const referenceNjy = object.referenceNjy(bandIndex);
  const templateErrNjy = errNjy / Math.sqrt(survey.templateVisits);
  return {
    science: { pointNjy: referenceNjy + diffFluxNjy, noiseNjy: errNjy, galaxy, variant },
    template: { pointNjy: referenceNjy, noiseNjy: templateErrNjy, galaxy, variant },
    difference: { pointNjy: diffFluxNjy, noiseNjy: errNjy, galaxy: null, variant },
  };
}

/** The host of an object as its cutouts show it; `null` without one. Its direction is fixed by the object's number. */
function sceneGalaxy(object: SkyObject, bandIndex: number, wavelengthAngstrom: number): SceneGalaxy | null {
  const { setting } = object.source;
  if (setting.kind !== 'host') return null;
  const host: HostSetting = setting;
  const angle = object.index * 2.399_963;
  return {
    fluxNjy: njyFromMag(hostMagAt(host, wavelengthAngstrom)) * (object.dustRatios[bandIndex] ?? 1),
    scaleArcsec: host.hostRadiusArcsec / 1.678,
    offsetEastArcsec: host.separationArcsec * Math.sin(angle),
    offsetNorthArcsec: host.separationArcsec * Math.cos(angle),
  };
}
