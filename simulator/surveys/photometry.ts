import { Random } from '../../core/index.ts';
import { njyFromMag } from '../classes/star.ts';
import { observedFluxNjy } from '../sky/object.ts';
import type { SkyObject } from '../sky/object.ts';
import type { Visit } from './schedule.ts';
import type { SurveyModel } from './survey.ts';

/** Significance that makes a difference flux a detection. */
const DETECTION_SIGMA = 5;

const ARCSEC_PER_DEGREE = 3600;
const FWHM_PER_SIGMA = 2.355;

/** One visit to one object, measured. */
export interface Measurement {
  readonly visit: Visit;
  /** Difference flux at the fitted position, nJy. */
  readonly diffFluxNjy: number;
  /** Difference flux forced at the object's position in the same image, nJy. */
  readonly forcedFluxNjy: number;
  /** 1σ of both, nJy. */
  readonly errNjy: number;
  readonly isDetected: boolean;
  readonly raDeg: number;
  readonly decDeg: number;
  /** 1σ of the position in each coordinate, arcsec. */
  readonly positionErrArcsec: number;
  /** Real/bogus score, 0–1. */
  readonly realBogusRatio: number;
}

/**
 * 1σ error of a difference flux: sky noise, photons of source, reference and host, the reference's own noise, and what
 * subtraction leaves of a bright reference.
 *
 * @param totalFluxNjy light of source and surroundings in the visit
 */
export function differenceErrNjy(options: {
  readonly survey: SurveyModel;
  readonly visit: Visit;
  readonly totalFluxNjy: number;
  readonly referenceNjy: number;
}): number {
  const { survey, visit, totalFluxNjy, referenceNjy } = options;
  const electronNjy = survey.bands[visit.bandIndex]?.electronNjy ?? 0;
  const sky = visit.skyErrNjy ** 2 * (1 + 1 / survey.templateVisits);
  const photons =
    electronNjy * (Math.max(0, totalFluxNjy) + Math.max(0, referenceNjy) / survey.templateVisits);
  return Math.sqrt(sky + photons + (survey.subtractionRatio * referenceNjy) ** 2);
}

/** Measures an object's visits; the same object and order of visits give the same numbers. */
export class Photometer {
  readonly #survey: SurveyModel;
  readonly #object: SkyObject;
  readonly #random: Random;
  readonly #saturationNjy: number;

  constructor(options: { readonly survey: SurveyModel; readonly object: SkyObject; readonly seed: string }) {
    this.#survey = options.survey;
    this.#object = options.object;
    this.#saturationNjy = njyFromMag(options.survey.brightMag);
    this.#random = Random.forPurpose(options.seed, `noise ${options.object.index}`);
  }

  /** @returns `null` where the object saturates the detector */
  measure(visit: Visit): Measurement | null {
    const [survey, object, random] = [this.#survey, this.#object, this.#random];
    const fluxNjy = observedFluxNjy(object, visit, survey);
    const referenceNjy = object.referenceNjy(visit.bandIndex);
    const hostNjy = object.hostLightNjy(visit.bandIndex);
    if (fluxNjy + hostNjy > this.#saturationNjy) return null;
    const errNjy = differenceErrNjy({
      survey,
      visit,
      totalFluxNjy: fluxNjy + hostNjy,
      referenceNjy: referenceNjy + hostNjy,
    });
    const diffFluxNjy = fluxNjy - referenceNjy + errNjy * random.normal();
    const forcedFluxNjy = diffFluxNjy + 0.15 * errNjy * random.normal();
    const snr = Math.abs(diffFluxNjy) / errNjy;
    const positionErrArcsec = Math.hypot(
      survey.astrometryArcsec,
      visit.fwhmArcsec / FWHM_PER_SIGMA / Math.max(1, snr),
    );
    const positionErrDeg = positionErrArcsec / ARCSEC_PER_DEGREE;
    const decDeg = Math.min(90, Math.max(-90, object.decDeg + positionErrDeg * random.normal()));
    const raDeg =
      object.raDeg + (positionErrDeg * random.normal()) / Math.max(0.01, Math.cos((decDeg * Math.PI) / 180));
    return {
      visit,
      diffFluxNjy,
      forcedFluxNjy,
      errNjy,
      isDetected: snr >= DETECTION_SIGMA,
      raDeg: (raDeg + 360) % 360,
      decDeg,
      positionErrArcsec,
      realBogusRatio: realBogus(object, snr, random.uniform()),
    };
  }
}

/** Scores as the surveys' networks give them: near 1 for clear detections, low for artefacts, with overlap. */
function realBogus(object: SkyObject, snr: number, uniform: number): number {
  if (object.source.setting.kind === 'artefact') return 0.02 + 0.6 * uniform ** 2.5;
  return Math.max(0.05, 0.998 - 0.04 * uniform - 0.7 * Math.exp(-snr / 6) * uniform ** 2);
}
