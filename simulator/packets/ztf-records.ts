import { AB_ZERO_POINT_NJY_MAG, jdUtcFromMjdTai } from '../../core/index.ts';
import type { Measurement } from '../surveys/photometry.ts';
import type { Visit } from '../surveys/schedule.ts';
import { ZTF } from '../surveys/ztf.ts';
import { avroType } from './avro.ts';
import { detectorOf } from './packet-writer.ts';
import type { ObservedObject } from './packet-writer.ts';
import {
  ZTF_CANDIDATE_REST,
  ZTF_CANDIDATE_START,
  ZTF_FORCED_PHOTOMETRY,
  ZTF_PREVIOUS_CANDIDATE,
} from './ztf-schema.ts';

const MJD_JD_OFFSET = 2_400_000.5;
/** Night numbers count from 2017-01-01. */
const NIGHT_ZERO_MJD = 57_754;
/** Two digits behind the detector in a processing id, and before the source's number in a candidate id. */
const PROCESSING_SUFFIX = 15;
const CANDID_STEP = 1_000_000n;
const CANDID_OFFSET = 10_000n;
/** Sources that one detector may give in one exposure. */
export const ZTF_RANKS_MAX = 9_999;
const READER_VERSION = 't17_f5_c3';
const NETWORK_VERSION = 'd6_m7';
const MISSING = -999;
const FORCED_MISSING = -99_999;
const MAG_PER_RATIO = 2.5 / Math.LN10;
/** Zero points of pixel values (DN) at airmass 1 in g, r, i. @source Masci et al. 2019, doi:10.1088/1538-3873/aae8ac */
const ZERO_POINTS_MAG = [26.25, 26.2, 25.55] as const;
/** One epoch in so many has no forced photometry. */
const FORCED_FAILURE_EVERY = 23;

function magOf(fluxNjy: number): number {
  return AB_ZERO_POINT_NJY_MAG - 2.5 * Math.log10(Math.max(1e-3, fluxNjy));
}

function zeroPointMag(visit: Visit): number {
  return (ZERO_POINTS_MAG[visit.bandIndex] ?? 26) - 0.15 * (visit.airmass - 1);
}

/** Colour term of the calibration against Pan-STARRS. */
function colourCoefficient(visit: Visit): number {
  return visit.bandIndex === 0 ? -0.03 : 0.1;
}

/** Where on the camera an object falls, and the ids that follow from it. */
interface Place {
  readonly detector: number;
  readonly xPixels: number;
  readonly yPixels: number;
}

function placeOf(observed: ObservedObject): Place {
  const shape = { fieldSideDeg: ZTF.fieldSideDeg, columns: 8, rows: 8 };
  const { detector, xRatio, yRatio } = detectorOf(observed.object, shape);
  return { detector, xPixels: 1 + 3070 * xRatio, yPixels: 1 + 3078 * yRatio };
}

/** Number of an object's detector, for counting its rank. */
export function ztfDetector(object: ObservedObject['object']): number {
  return detectorOf(object, { fieldSideDeg: ZTF.fieldSideDeg, columns: 8, rows: 8 }).detector;
}

function processingId(visit: Visit, detector: number): number {
  const mjdUtc = jdUtcFromMjdTai(visit.mjdTai) - MJD_JD_OFFSET;
  const night = Math.floor(mjdUtc) - NIGHT_ZERO_MJD;
  const fraction = Math.floor((mjdUtc % 1) * 1e5);
  return ((night * 1e5 + fraction) * 100 + detector) * 100 + PROCESSING_SUFFIX;
}

function imageName(visit: Visit, detector: number, jd: number): string {
  const date = new Date(Math.round((jd - 2_440_587.5) * 86_400_000))
    .toISOString()
    .slice(0, 10)
    .replaceAll('-', '');
  const fraction = String(Math.floor(((jd + 0.5) % 1) * 1e6)).padStart(6, '0');
  const ccd = String(Math.floor(detector / 4) + 1).padStart(2, '0');
  const band = ZTF.bands[visit.bandIndex]?.letter ?? 'r';
  const field = String(visit.field.number).padStart(6, '0');
  return `ztf_${date}${fraction}_${field}_z${band}_c${ccd}_o_q${(detector % 4) + 1}_scimrefdiffimg.fits.fz`;
}

type Row = Record<string, unknown>;

const CANDIDATE_START_TYPE = avroType(ZTF_CANDIDATE_START);
const CANDIDATE_REST_TYPE = avroType(ZTF_CANDIDATE_REST);
const PREVIOUS_CANDIDATE_TYPE = avroType(ZTF_PREVIOUS_CANDIDATE);
const FORCED_PHOTOMETRY_TYPE = avroType(ZTF_FORCED_PHOTOMETRY);

/** Records of one object's measurements, encoded when first needed. */
export class ZtfObjectRecords {
  readonly observed: ObservedObject;
  readonly place: Place;
  readonly #previous: (Buffer | undefined)[] = [];
  readonly #forced: (Buffer | undefined)[] = [];

  constructor(observed: ObservedObject) {
    this.observed = observed;
    this.place = placeOf(observed);
  }

  candid(measurement: Measurement): bigint {
    const pid = BigInt(processingId(measurement.visit, this.place.detector));
    return pid * CANDID_STEP + CANDID_OFFSET + BigInt(this.observed.rank);
  }

  /** AB magnitude of the nearest source in the reference image. */
  referenceMag(band: number): number {
    const { object, surroundings } = this.observed;
    if (surroundings.isOwnSource) return magOf(object.referenceNjy(band));
    return surroundings.referenceMagAt(ZTF.bands[band]?.wavelengthAngstrom ?? 6366);
  }

  /** The alert's own candidate, in the two parts that its schema is written in. */
  candidate(index: number, measurement: Measurement): readonly [start: Buffer, rest: Buffer] {
    return [
      CANDIDATE_START_TYPE.toBuffer(this.#detection(measurement)),
      CANDIDATE_REST_TYPE.toBuffer(candidateRest(this, measurement, index)),
    ];
  }

  previous(index: number, measurement: Measurement): Buffer {
    return (this.#previous[index] ??= PREVIOUS_CANDIDATE_TYPE.toBuffer(
      measurement.isDetected ? this.#detection(measurement) : this.#epoch(measurement.visit),
    ));
  }

  forced(index: number, measurement: Measurement): Buffer {
    return (this.#forced[index] ??= FORCED_PHOTOMETRY_TYPE.toBuffer(this.#forcedRow(measurement)));
  }

  #epoch(visit: Visit) {
    const jd = jdUtcFromMjdTai(visit.mjdTai);
    const { detector } = this.place;
    return {
      jd,
      fid: visit.bandIndex + 1,
      pid: BigInt(processingId(visit, detector)),
      diffmaglim: visit.limitMag,
      pdiffimfilename: imageName(visit, detector, jd),
      programpi: 'Kulkarni',
      programid: 1,
      nid: Math.floor(jd - MJD_JD_OFFSET) - NIGHT_ZERO_MJD,
      rcid: detector,
      field: visit.field.number,
      magzpsci: zeroPointMag(visit),
      magzpsciunc: 5e-5,
      magzpscirms: 0.03,
      clrcoeff: colourCoefficient(visit),
      clrcounc: 5e-5,
      rbversion: READER_VERSION,
    };
  }

  /** A detection as previous candidates carry it; the alert's own candidate adds to it. */
  #detection(measurement: Measurement): Row {
    const { visit, diffFluxNjy, errNjy } = measurement;
    const { surroundings } = this.observed;
    const { place } = this;
    const magpsf = magOf(Math.abs(diffFluxNjy));
    const sigmapsf = (MAG_PER_RATIO * errNjy) / Math.abs(diffFluxNjy);
    const epoch = this.#epoch(visit);
    // Written out, not spread: V8 keeps a literal fast to read, and this is the most frequent record.
    return {
      jd: epoch.jd,
      fid: epoch.fid,
      pid: epoch.pid,
      diffmaglim: epoch.diffmaglim,
      pdiffimfilename: epoch.pdiffimfilename,
      programpi: epoch.programpi,
      programid: epoch.programid,
      nid: epoch.nid,
      rcid: epoch.rcid,
      field: epoch.field,
      magzpsci: epoch.magzpsci,
      magzpsciunc: epoch.magzpsciunc,
      magzpscirms: epoch.magzpscirms,
      clrcoeff: epoch.clrcoeff,
      clrcounc: epoch.clrcounc,
      rbversion: epoch.rbversion,
      candid: this.candid(measurement),
      isdiffpos: diffFluxNjy > 0 ? 't' : 'f',
      tblid: BigInt(this.observed.rank),
      xpos: place.xPixels,
      ypos: place.yPixels,
      ra: measurement.raDeg,
      dec: measurement.decDeg,
      magpsf,
      sigmapsf,
      chipsf: 1,
      magap: magpsf + 0.02,
      sigmagap: 1.3 * sigmapsf,
      distnr: surroundings.referenceSeparationArcsec / ZTF.pixelArcsec,
      magnr: this.referenceMag(visit.bandIndex),
      sigmagnr: 0.02,
      chinr: 0.7,
      sharpnr: 0.01,
      sky: 0.1,
      magdiff: 0.02,
      fwhm: visit.fwhmArcsec / ZTF.pixelArcsec,
      classtar: 0.95,
      mindtoedge: Math.min(place.xPixels, place.yPixels, 3072 - place.xPixels, 3080 - place.yPixels),
      magfromlim: visit.limitMag - magpsf,
      seeratio: 1,
      aimage: 0.7,
      bimage: 0.65,
      aimagerat: 0.35,
      bimagerat: 0.33,
      elong: 1.08,
      nneg: 3,
      nbad: 0,
      rb: measurement.realBogusRatio,
      ssdistnr: MISSING,
      ssmagnr: MISSING,
      ssnamenr: 'null',
      sumrat: 0.95,
      magapbig: magpsf - 0.02,
      sigmagapbig: 1.8 * sigmapsf,
      ranr: this.observed.object.raDeg,
      decnr: this.observed.object.decDeg,
      scorr: Math.abs(diffFluxNjy) / errNjy,
    };
  }

  #forcedRow(measurement: Measurement): Row {
    const { visit, forcedFluxNjy, errNjy } = measurement;
    const { surroundings, object, rank } = this.observed;
    const zeroPoint = zeroPointMag(visit);
    const unitNjy = 10 ** ((AB_ZERO_POINT_NJY_MAG - zeroPoint) / 2.5);
    const isFailed = (visit.exposure + rank) % FORCED_FAILURE_EVERY === 0;
    return {
      field: visit.field.number,
      rcid: this.place.detector,
      fid: visit.bandIndex + 1,
      pid: BigInt(processingId(visit, this.place.detector)),
      rfid: this.referenceId(visit),
      sciinpseeing: visit.fwhmArcsec / ZTF.pixelArcsec,
      scibckgnd: 200,
      scisigpix: visit.skyErrNjy / unitNjy / 3,
      magzpsci: zeroPoint,
      magzpsciunc: 5e-5,
      magzpscirms: 0.03,
      clrcoeff: colourCoefficient(visit),
      clrcounc: 5e-5,
      exptime: ZTF.exposureSeconds,
      adpctdif1: 0.08,
      adpctdif2: 0.08,
      diffmaglim: visit.limitMag,
      programid: 1,
      jd: jdUtcFromMjdTai(visit.mjdTai),
      forcediffimflux: isFailed ? FORCED_MISSING : forcedFluxNjy / unitNjy,
      forcediffimfluxunc: isFailed ? FORCED_MISSING : errNjy / unitNjy,
      procstatus: isFailed ? '61' : '0',
      distnr: isFailed ? FORCED_MISSING : surroundings.referenceSeparationArcsec / ZTF.pixelArcsec,
      ranr: isFailed ? FORCED_MISSING : object.raDeg,
      decnr: isFailed ? FORCED_MISSING : object.decDeg,
      magnr: isFailed ? FORCED_MISSING : this.referenceMag(visit.bandIndex),
      sigmagnr: isFailed ? FORCED_MISSING : 0.02,
      chinr: isFailed ? FORCED_MISSING : 0.7,
      sharpnr: isFailed ? FORCED_MISSING : 0.01,
    };
  }

  referenceId(visit: Visit): bigint {
    return BigInt((visit.field.number * 1000 + 101 + visit.bandIndex * 19) * 100 + this.place.detector);
  }
}

/** What the alert's own candidate has beyond an earlier one: catalogue neighbours, history, reference, calibration. */
function candidateRest(records: ZtfObjectRecords, measurement: Measurement, index: number): Row {
  const { visit } = measurement;
  const { surroundings, measurements, object } = records.observed;
  const { nearest } = surroundings;
  const seen = measurements.slice(0, index + 1);
  const detected = seen.filter(({ isDetected }) => isDetected);
  const isLasting = object.source.setting.kind === 'star' || object.source.setting.kind === 'nucleus';
  // What lasts was detected at this rate since the survey began, long before the history starts.
  const earlierVisits = isLasting ? 900 : 0;
  const earlierDetections = Math.round((earlierVisits * detected.length) / seen.length);
  const jd = jdUtcFromMjdTai(visit.mjdTai);
  const firstJd = jdUtcFromMjdTai(detected[0]?.visit.mjdTai ?? visit.mjdTai);
  return {
    sgmag1: nearest.gMag,
    srmag1: nearest.rMag,
    simag1: nearest.iMag,
    szmag1: nearest.zMag,
    sgscore1: nearest.starGalaxyRatio,
    distpsnr1: nearest.separationArcsec,
    ndethist: detected.length + earlierDetections,
    ncovhist: seen.length + earlierVisits,
    jdstarthist: earlierDetections > 0 ? jd - 2000 : firstJd,
    jdendhist: jd,
    tooflag: 0,
    objectidps1: null,
    objectidps2: null,
    objectidps3: null,
    nmtchps: 1,
    rfid: records.referenceId(visit),
    jdstartref: jd - ZTF.templateAgeDays[1],
    jdendref: jd - ZTF.templateAgeDays[0],
    nframesref: ZTF.templateVisits,
    dsnrms: 5,
    ssnrms: 8,
    dsdiff: -3,
    nmatches: 600,
    magzpsci: zeroPointMag(visit),
    magzpsciunc: 5e-5,
    magzpscirms: 0.03,
    clrcoeff: colourCoefficient(visit),
    clrcounc: 5e-5,
    rbversion: READER_VERSION,
    zpclrcov: 0,
    zpmed: zeroPointMag(visit),
    clrmed: 0.7,
    clrrms: 0.2,
    neargaia: surroundings.gaiaSeparationArcsec,
    neargaiabright: MISSING,
    maggaia: surroundings.gaiaGMag,
    maggaiabright: MISSING,
    exptime: ZTF.exposureSeconds,
    drb: measurement.realBogusRatio,
    drbversion: NETWORK_VERSION,
  };
}
