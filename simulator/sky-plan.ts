import { Random } from '../core/index.ts';
import type { ClassName } from './classes/registry.ts';
import { DEFAULT_CLASS_WEIGHTS, drawClass, drawSkyObject } from './sky/object.ts';
import type { ClassWeights, SkyObject } from './sky/object.ts';
import { Photometer } from './surveys/photometry.ts';
import type { Measurement } from './surveys/photometry.ts';
import type { Schedule, Visit } from './surveys/schedule.ts';
import type { SurveyModel } from './surveys/survey.ts';

/** Draws of one class before another is tried: far above what the rarest detectable class needs. */
const ATTEMPTS_MAX = 400;

/** One object that alerts: enough to draw and measure it again. */
export interface PlannedObject {
  readonly index: number;
  readonly attempt: number;
  readonly className: ClassName;
  /** Number among the objects that alert on its detector in its field. */
  readonly rank: number;
  /** Exposures of its alerts, as positions in the schedule's target visits, in order of time. */
  readonly alertVisits: readonly number[];
}

export interface PlanOptions {
  readonly survey: SurveyModel;
  readonly schedule: Schedule;
  readonly seed: string;
  readonly classWeights?: ClassWeights;
  readonly detectorOf: (object: SkyObject) => number;
  readonly ranksMax: number;
}

/** Measures an object: the visits of the nights first, so that a plan need not measure the history. */
function measureNights(
  object: SkyObject,
  options: Pick<PlanOptions, 'survey' | 'schedule' | 'seed'> & { readonly photometer?: Photometer },
): Measurement[] {
  const photometer = options.photometer ?? new Photometer({ ...options, object });
  return measured(photometer, nightVisits(object, options.schedule));
}

/** Every measurement of an object from the history's start to the last night, in order of time. */
export function measureAll(
  object: SkyObject,
  options: Pick<PlanOptions, 'survey' | 'schedule' | 'seed'>,
): Measurement[] {
  const photometer = new Photometer({ ...options, object });
  const nights = measureNights(object, { ...options, photometer });
  const { schedule } = options;
  const earlier = schedule.visitsOf(object.field).filter((visit) => schedule.targetPosition(visit) < 0);
  return [...measured(photometer, earlier), ...nights];
}

function measured(photometer: Photometer, visits: readonly Visit[]): Measurement[] {
  const measurements: Measurement[] = [];
  for (const visit of visits) {
    const measurement = photometer.measure(visit);
    if (measurement !== null) measurements.push(measurement);
  }
  return measurements;
}

function nightVisits(object: SkyObject, schedule: Schedule): readonly Visit[] {
  return schedule.visitsOf(object.field).filter((visit) => schedule.targetPosition(visit) >= 0);
}

/**
 * Objects that alert in the nights, one after the other, without end: a class in proportion to the weights, then draws of
 * it until one is detected.
 */
export function* plannedObjects(options: PlanOptions): Generator<PlannedObject> {
  const { survey, schedule, seed, detectorOf, ranksMax } = options;
  const weights = options.classWeights ?? DEFAULT_CLASS_WEIGHTS;
  const ranks = new Map<number, number>();
  for (let index = 0; ; index++) {
    const random = Random.forPurpose(seed, `class ${index}`);
    let found: { readonly sky: SkyObject; readonly attempt: number; readonly alertVisits: number[] } | null =
      null;
    for (let classAttempt = 0; found === null && classAttempt < ATTEMPTS_MAX; classAttempt++) {
      const className = drawClass(random, weights);
      found = firstDetected({ survey, schedule, seed, index, className, from: classAttempt * ATTEMPTS_MAX });
    }
    if (found === null) {
      throw new RangeError(
        `Cannot plan an object that alerts as none was detected: current seed is "${seed}"`,
      );
    }
    const { sky, attempt, alertVisits } = found;
    const place = sky.field.number * 256 + detectorOf(sky);
    const rank = (ranks.get(place) ?? 0) + 1;
    // A detector that is full takes no more objects; this number stays without one.
    if (rank > ranksMax) continue;
    ranks.set(place, rank);
    yield { index, attempt, className: sky.className, rank, alertVisits };
  }
}

function firstDetected(options: {
  readonly survey: SurveyModel;
  readonly schedule: Schedule;
  readonly seed: string;
  readonly index: number;
  readonly className: ClassName;
  readonly from: number;
}): { readonly sky: SkyObject; readonly attempt: number; readonly alertVisits: number[] } | null {
  for (let attempt = options.from; attempt < options.from + ATTEMPTS_MAX; attempt++) {
    const sky = drawSkyObject({ ...options, attempt });
    const alertVisits: number[] = [];
    for (const { visit, isDetected } of measureNights(sky, options)) {
      if (isDetected) alertVisits.push(options.schedule.targetPosition(visit));
    }
    if (alertVisits.length > 0) return { sky, attempt, alertVisits };
  }
  return null;
}
