import type { Measurement } from '../surveys/photometry.ts';
import { LSST } from '../surveys/lsst.ts';
import type { Visit } from '../surveys/schedule.ts';
import {
  NULL_BYTES,
  PRESENT_BYTES,
  avroType,
  confluentPrefix,
  longBytes,
  optionalArrayBytes,
  optionalBytes,
} from './avro.ts';
import { StampMaker } from './cutouts.ts';
import { LSST_DIA_FORCED_SOURCE, LSST_DIA_OBJECT, LSST_DIA_SOURCE, LSST_WIRE_ID } from './lsst-schema.ts';
import { cutoutScenes, detectorOf } from './packet-writer.ts';
import type { ObservedObject, PacketWriter, WrittenPacket } from './packet-writer.ts';

const CAMERA = { fieldSideDeg: LSST.fieldSideDeg, columns: 9, rows: 21 } as const;
const ARCSEC_PER_DEGREE = 3600;
const DETECTOR_PIXELS = 4000;
/** Bits of an exposure's number in its night, of a detector, and of a source's number on the detector. */
const EXPOSURE_BITS = 11n;
const DETECTOR_BITS = 8n;
const RANK_BITS = 20n;
/** Sources that one detector may give in one exposure. */
export const LSST_RANKS_MAX = 2 ** Number(RANK_BITS) - 1;
/** Set in ids of forced photometry, which are made like those of sources. */
const FORCED_FLAG = 1n << 57n;
/** Forced photometry goes back so many days before the first detection. @source DPDD LSE-163, section 3.2.2 */
const FORCED_LEAD_DAYS = 30;
/** From the exposure to the record, days. */
const PROCESSING_DAYS = 0.0018;

type Row = Record<string, unknown>;

/** Number of an object's detector, for counting its rank. */
export function lsstDetector(object: ObservedObject['object']): number {
  return detectorOf(object, CAMERA).detector;
}

/** Visit number: the date of the night's evening, YYYYMMDD, then the exposure. @source DM convention day_obs · 10⁵ + seq */
function visitId(visit: Visit): bigint {
  let id = visitIds.get(visit);
  if (id === undefined) {
    id = newVisitId(visit);
    visitIds.set(visit, id);
  }
  return id;
}

const visitIds = new WeakMap<Visit, bigint>();

function newVisitId(visit: Visit): bigint {
  const unixMs = (visit.night - 1 - 40_587) * 86_400_000;
  const date = new Date(unixMs).toISOString().slice(0, 10).replaceAll('-', '');
  return BigInt(date) * 100_000n + BigInt(visit.exposure + 1);
}

const PREFIX = confluentPrefix(LSST_WIRE_ID);
const SOURCE_TYPE = avroType(LSST_DIA_SOURCE);
const FORCED_SOURCE_TYPE = avroType(LSST_DIA_FORCED_SOURCE);
const OBJECT_TYPE = avroType(LSST_DIA_OBJECT);

/** Records of one object's measurements, encoded when first needed. */
class ObjectRows {
  readonly observed: ObservedObject;
  readonly objectId: bigint;
  readonly firstMjdTai: number;
  readonly #detector: number;
  readonly #xPixels: number;
  readonly #yPixels: number;
  readonly #sources: (Buffer | undefined)[] = [];
  readonly #forced: (Buffer | undefined)[] = [];

  constructor(observed: ObservedObject) {
    this.observed = observed;
    const { detector, xRatio, yRatio } = detectorOf(observed.object, CAMERA);
    this.#detector = detector;
    this.#xPixels = 20 + xRatio * DETECTOR_PIXELS;
    this.#yPixels = 20 + yRatio * DETECTOR_PIXELS;
    const first = observed.measurements.find(({ isDetected }) => isDetected) ?? observed.measurements[0];
    this.objectId = first === undefined ? 0n : this.sourceId(first.visit);
    this.firstMjdTai = first?.visit.mjdTai ?? 0;
  }

  sourceId(visit: Visit): bigint {
    const exposure = (BigInt(visit.night) << EXPOSURE_BITS) | BigInt(visit.exposure);
    return (((exposure << DETECTOR_BITS) | BigInt(this.#detector)) << RANK_BITS) | BigInt(this.observed.rank);
  }

  /** Light in the template at the object's place, nJy. */
  templateNjy(visit: Visit): number {
    const { object } = this.observed;
    return object.referenceNjy(visit.bandIndex) + object.hostLightNjy(visit.bandIndex);
  }

  source(index: number, measurement: Measurement): Buffer {
    return (this.#sources[index] ??= SOURCE_TYPE.toBuffer(this.#sourceRow(measurement)));
  }

  forced(index: number, measurement: Measurement): Buffer {
    return (this.#forced[index] ??= FORCED_SOURCE_TYPE.toBuffer(this.#forcedRow(measurement)));
  }

  #sourceRow(measurement: Measurement): Row {
    const { visit, diffFluxNjy, errNjy } = measurement;
    const templateNjy = this.templateNjy(visit);
    const positionErrDeg = measurement.positionErrArcsec / ARCSEC_PER_DEGREE;
    const momentArcsec = (visit.fwhmArcsec / 2.355) ** 2;
    return {
      diaSourceId: this.sourceId(visit),
      visit: visitId(visit),
      detector: this.#detector,
      diaObjectId: this.objectId,
      ssObjectId: 0n,
      parentDiaSourceId: 0n,
      midpointMjdTai: visit.mjdTai,
      ra: measurement.raDeg,
      raErr: positionErrDeg,
      dec: measurement.decDeg,
      decErr: positionErrDeg,
      ra_dec_Cov: 0,
      x: this.#xPixels,
      xErr: measurement.positionErrArcsec / LSST.pixelArcsec,
      y: this.#yPixels,
      yErr: measurement.positionErrArcsec / LSST.pixelArcsec,
      apFlux: measurement.forcedFluxNjy,
      apFluxErr: 1.6 * errNjy,
      isNegative: diffFluxNjy < 0,
      snr: Math.abs(diffFluxNjy) / errNjy,
      psfFlux: diffFluxNjy,
      psfFluxErr: errNjy,
      psfChi2: 1681,
      psfNdata: 1681,
      scienceFlux: templateNjy + diffFluxNjy,
      scienceFluxErr: errNjy,
      templateFlux: templateNjy,
      templateFluxErr: errNjy / Math.sqrt(LSST.templateVisits),
      ixx: momentArcsec,
      iyy: momentArcsec,
      ixy: 0,
      ixxPSF: momentArcsec,
      iyyPSF: momentArcsec,
      ixyPSF: 0,
      extendedness: 0,
      reliability: measurement.realBogusRatio,
      band: LSST.bands[visit.bandIndex]?.letter ?? null,
      timeProcessedMjdTai: visit.mjdTai + PROCESSING_DAYS,
      bboxSize: 25,
      centroid_flag: false,
      apFlux_flag: false,
      apFlux_flag_apertureTruncated: false,
      psfFlux_flag: false,
      psfFlux_flag_edge: false,
      psfFlux_flag_noGoodPixels: false,
      forced_PsfFlux_flag: false,
      shape_flag: false,
      isDipole: false,
      dipoleFitAttempted: false,
      pixelFlags: false,
      pixelFlags_bad: false,
      pixelFlags_cr: false,
      pixelFlags_edge: false,
      pixelFlags_saturated: false,
      pixelFlags_streak: false,
      glint_trail: false,
    };
  }

  #forcedRow({ visit, forcedFluxNjy, errNjy }: Measurement): Row {
    const { object } = this.observed;
    return {
      diaForcedSourceId: this.sourceId(visit) | FORCED_FLAG,
      diaObjectId: this.objectId,
      ra: object.raDeg,
      dec: object.decDeg,
      visit: visitId(visit),
      detector: this.#detector,
      psfFlux: forcedFluxNjy,
      psfFluxErr: errNjy,
      midpointMjdTai: visit.mjdTai,
      scienceFlux: this.templateNjy(visit) + forcedFluxNjy,
      scienceFluxErr: errNjy,
      band: LSST.bands[visit.bandIndex]?.letter ?? null,
      timeProcessedMjdTai: visit.mjdTai + PROCESSING_DAYS,
    };
  }
}

/** Mean, spread and extremes of a band's detections so far. */
function bandSummary(letter: string, detections: readonly Measurement[], templateNjy: number): Row {
  const band = LSST.bands.findIndex((model) => model.letter === letter);
  const own = detections.filter(({ visit }) => visit.bandIndex === band);
  if (own.length === 0) return { [`${letter}_psfFluxNdata`]: 0 };
  let [weights, weighted, errors, slope] = [0, 0, 0, 0];
  let [lowest, highest] = [Infinity, -Infinity];
  own.forEach(({ diffFluxNjy, errNjy, visit }, i) => {
    weights += errNjy ** -2;
    weighted += diffFluxNjy * errNjy ** -2;
    errors += errNjy;
    lowest = Math.min(lowest, diffFluxNjy);
    highest = Math.max(highest, diffFluxNjy);
    const before = own[i - 1];
    if (before === undefined) return;
    slope = Math.max(
      slope,
      Math.abs(diffFluxNjy - before.diffFluxNjy) / (visit.mjdTai - before.visit.mjdTai),
    );
  });
  const mean = weighted / weights;
  const square = own.reduce((sum, { diffFluxNjy }) => sum + (diffFluxNjy - mean) ** 2, 0);
  return {
    [`${letter}_psfFluxMean`]: mean,
    [`${letter}_psfFluxMeanErr`]: weights ** -0.5,
    [`${letter}_psfFluxSigma`]: own.length > 1 ? Math.sqrt(square / (own.length - 1)) : null,
    [`${letter}_psfFluxNdata`]: own.length,
    [`${letter}_scienceFluxMean`]: templateNjy + mean,
    [`${letter}_scienceFluxMeanErr`]: weights ** -0.5,
    [`${letter}_psfFluxMin`]: lowest,
    [`${letter}_psfFluxMax`]: highest,
    [`${letter}_psfFluxMaxSlope`]: own.length > 1 ? slope : null,
    [`${letter}_psfFluxErrMean`]: errors / own.length,
  };
}

/** Writes LSST alerts of schema 10.0: one message in Confluent's wire format each. */
export class LsstPacketWriter implements PacketWriter {
  readonly #stamps: StampMaker | null;
  readonly #rows = new WeakMap<ObservedObject, ObjectRows>();

  constructor(options: { readonly withCutouts: boolean }) {
    this.#stamps = options.withCutouts
      ? new StampMaker({
          pixels: 31,
          pixelArcsec: LSST.pixelArcsec,
          fwhmArcsec: LSST.fwhmArcsec,
          unitNjy: 1,
          unitName: 'nJy',
          isGzipped: false,
        })
      : null;
  }

  objectIdOf(observed: ObservedObject): bigint {
    return this.#rowsOf(observed).objectId;
  }

  #rowsOf(observed: ObservedObject): ObjectRows {
    let rows = this.#rows.get(observed);
    if (rows === undefined) {
      rows = new ObjectRows(observed);
      this.#rows.set(observed, rows);
    }
    return rows;
  }

  packetOf(observed: ObservedObject, index: number): WrittenPacket {
    const measurement = observed.measurements[index];
    if (measurement === undefined)
      throw new RangeError(`Cannot pack a measurement that is not there: current index is ${index}`);
    const rows = this.#rowsOf(observed);
    const { mjdTai } = measurement.visit;
    const previous: Buffer[] = [];
    const forced: Buffer[] = [];
    for (let i = 0; i < index; i++) {
      const earlier = observed.measurements[i];
      if (earlier === undefined || earlier.visit.mjdTai < mjdTai - LSST.historyDays) continue;
      if (earlier.isDetected) previous.push(rows.source(i, earlier));
      if (earlier.visit.mjdTai >= rows.firstMjdTai - FORCED_LEAD_DAYS) forced.push(rows.forced(i, earlier));
    }
    const diaSourceId = rows.sourceId(measurement.visit);
    // The fields of the alert in the schema's order.
    const bytes = Buffer.concat([
      PREFIX,
      longBytes(diaSourceId),
      ...['pairs_33', 'lowdust'].map((text) => optionalBytes(Buffer.from(text))),
      rows.source(index, measurement),
      optionalArrayBytes(previous),
      optionalArrayBytes(forced),
      PRESENT_BYTES,
      OBJECT_TYPE.toBuffer(this.#object(rows, index)),
      NULL_BYTES,
      NULL_BYTES,
      ...this.#cutouts(rows, measurement),
    ]);
    return {
      bytes,
      recordOffset: PREFIX.length,
      objectId: rows.objectId,
      alertId: diaSourceId,
      memberName: `${diaSourceId}.bin`,
    };
  }

  #object(rows: ObjectRows, index: number): Row {
    const { object, measurements } = rows.observed;
    const detections = measurements.slice(0, index + 1).filter(({ isDetected }) => isDetected);
    const newest = detections.at(-1);
    const last = newest?.visit.mjdTai ?? rows.firstMjdTai;
    const positionErrDeg =
      (newest?.positionErrArcsec ?? 0) / ARCSEC_PER_DEGREE / Math.sqrt(detections.length);
    const summaries = LSST.bands.map(({ letter }, band) =>
      bandSummary(letter, detections, object.referenceNjy(band) + object.hostLightNjy(band)),
    );
    return Object.assign(
      {
        diaObjectId: rows.objectId,
        validityStartMjdTai: last + PROCESSING_DAYS,
        ra: object.raDeg,
        raErr: positionErrDeg,
        dec: object.decDeg,
        decErr: positionErrDeg,
        ra_dec_Cov: 0,
        firstDiaSourceMjdTai: rows.firstMjdTai,
        lastDiaSourceMjdTai: last,
        nDiaSources: detections.length,
      },
      ...summaries,
    ) as Row;
  }

  /** Difference, science and template, in the schema's order. */
  #cutouts(rows: ObjectRows, measurement: Measurement): readonly Buffer[] {
    const stamps = this.#stamps;
    if (stamps === null) return [NULL_BYTES, NULL_BYTES, NULL_BYTES];
    const variant = measurement.visit.exposure + rows.observed.object.index;
    const scenes = cutoutScenes(rows.observed, measurement, { survey: LSST, variant });
    const inOrder = [scenes.difference, scenes.science, scenes.template];
    return inOrder.map((scene) => optionalBytes(stamps.stampOf(scene)));
  }
}
