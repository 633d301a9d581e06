import { Random, galacticFromIcrs, mjdTaiFromMjdUtc } from '../../core/index.ts';
import type { MjdTai } from '../../core/index.ts';
import { njyFromMag } from '../classes/star.ts';
import { bandIndex } from './survey.ts';
import type { SurveyModel } from './survey.ts';

const RADIANS = Math.PI / 180;
const SECONDS_PER_DAY = 86_400;

export interface Field {
  /** Position in the survey's grid. */
  readonly number: number;
  readonly raDeg: number;
  readonly decDeg: number;
  readonly galacticLatitudeDeg: number;
  /** Night (modulo the cadence) on which it is due. */
  readonly dueNight: number;
}

/** One exposure of one field. */
export interface Visit {
  readonly mjdTai: MjdTai;
  /** Integer MJD of the UTC day that the night's middle is in. */
  readonly night: number;
  /** Number of the exposure in its night. */
  readonly exposure: number;
  readonly field: Field;
  readonly bandIndex: number;
  /** 5σ limit, AB. */
  readonly limitMag: number;
  /** 1σ of the sky's noise in a point source's flux, nJy. */
  readonly skyErrNjy: number;
  readonly fwhmArcsec: number;
  readonly airmass: number;
}

/**
 * When each field was and is observed: nights of astronomical twilight, lost to weather in runs, fields in order of their
 * transit, each in as many passes as the survey makes.
 */
export class Schedule {
  /** Visits of the nights that alerts are asked for, in order of time. */
  readonly targetVisits: readonly Visit[];
  /** Fields that those nights visit. */
  readonly fields: readonly Field[];
  readonly #visits = new Map<number, Visit[]>();
  readonly #positions = new Map<Visit, number>();

  constructor(options: {
    readonly survey: SurveyModel;
    readonly seed: string;
    /** Integer MJD (UTC) of the first night that alerts. */
    readonly firstNight: number;
    readonly nights: number;
  }) {
    const { survey, seed, firstNight, nights } = options;
    const grid = fieldGrid(survey, seed);
    const lastNight = firstNight + nights - 1;
    const planner = new NightPlanner(survey, seed, grid);
    const targets: Visit[] = [];
    for (let night = firstNight; night <= lastNight; night++) targets.push(...planner.visitsOf(night, grid));
    this.targetVisits = targets;
    targets.forEach((visit, position) => this.#positions.set(visit, position));
    this.fields = [...new Set(targets.map((visit) => visit.field))];
    for (const field of this.fields) this.#visits.set(field.number, []);
    const weather = Random.forPurpose(seed, 'weather');
    let isClosed = false;
    for (let night = firstNight - survey.historyDays - 1; night < firstNight; night++) {
      isClosed =
        weather.uniform() < (isClosed ? 0.55 : (0.45 * survey.closedRatio) / (1 - survey.closedRatio));
      if (!isClosed) this.#add(planner.visitsOf(night, grid));
    }
    this.#add(targets);
  }

  /** Every visit of a field from the history's first night to the last night that alerts, in order of time. */
  visitsOf(field: Field): readonly Visit[] {
    return this.#visits.get(field.number) ?? [];
  }

  /** Position of a visit in `targetVisits`; −1 for one of the history. */
  targetPosition(visit: Visit): number {
    return this.#positions.get(visit) ?? -1;
  }

  #add(visits: readonly Visit[]): void {
    for (const visit of visits) this.#visits.get(visit.field.number)?.push(visit);
  }
}

/** Illuminated share of the moon, 0 new to 1 full. @source new moon of 2000-01-06 18:14 UTC, synodic month 29.530589 d */
export function moonIlluminationRatio(mjdUtc: number): number {
  const phase = (mjdUtc - 51_549.76) / 29.530_589;
  return (1 - Math.cos(2 * Math.PI * phase)) / 2;
}

/** The survey's fields: strips of declination, each divided into equal fields. */
function fieldGrid(survey: SurveyModel, seed: string): readonly Field[] {
  const random = Random.forPurpose(seed, 'fields');
  const [south, north] = survey.declinationsDeg;
  const fields: Field[] = [];
  let number = 200;
  for (let decDeg = south + survey.fieldSideDeg / 2; decDeg < north; decDeg += survey.fieldSideDeg) {
    const count = Math.max(1, Math.floor((360 * Math.cos(decDeg * RADIANS)) / survey.fieldSideDeg));
    for (let i = 0; i < count; i++) {
      const raDeg = ((i + 0.5) * 360) / count;
      const galacticLatitudeDeg = galacticFromIcrs(raDeg, decDeg).latitudeDeg;
      const dueNight = random.below(survey.cadenceNights);
      number++;
      if (Math.abs(galacticLatitudeDeg) < survey.galacticGapDeg) continue;
      fields.push({ number, raDeg, decDeg, galacticLatitudeDeg, dueNight });
    }
  }
  return fields;
}

/** Sidereal time at a place, degrees. @source USNO Circular 163: GMST = 280.46062° + 360.985647366° d */
function siderealDeg(mjdUtc: number, longitudeDeg: number): number {
  const degrees = 280.460_618_37 + 360.985_647_366_29 * (mjdUtc - 51_544.5) + longitudeDeg;
  return ((degrees % 360) + 360) % 360;
}

/** Length of astronomical darkness (sun below −18°), days. */
function darkDays(mjdUtc: number, latitudeDeg: number): number {
  const sunLongitude = (280.466 + 0.985_647_36 * (mjdUtc - 51_544.5)) * RADIANS;
  const sunDec = Math.asin(Math.sin(23.44 * RADIANS) * Math.sin(sunLongitude));
  const latitude = latitudeDeg * RADIANS;
  const cosine =
    (Math.sin(-18 * RADIANS) - Math.sin(latitude) * Math.sin(sunDec)) /
    (Math.cos(latitude) * Math.cos(sunDec));
  return 1 - Math.acos(Math.min(1, Math.max(-1, cosine))) / Math.PI;
}

/** Smaller of the two angles between directions, signed, degrees. */
function angleDeg(from: number, to: number): number {
  return ((((to - from) % 360) + 540) % 360) - 180;
}

class NightPlanner {
  readonly #survey: SurveyModel;
  readonly #seed: string;
  readonly #grid: readonly Field[];

  constructor(survey: SurveyModel, seed: string, grid: readonly Field[]) {
    this.#survey = survey;
    this.#seed = seed;
    this.#grid = grid;
  }

  /** Exposures of one clear night, in order of time. */
  visitsOf(night: number, fields: readonly Field[]): Visit[] {
    const survey = this.#survey;
    const random = Random.forPurpose(this.#seed, `night ${night}`);
    // Local midnight is within the UTC day of the same number west of Greenwich.
    const middle = night - survey.longitudeDeg / 360;
    const lengthDays = darkDays(middle, survey.latitudeDeg);
    const order = this.#fieldsInOrder(random, { night, middle, lengthDays });
    const moonRatio = moonIlluminationRatio(middle);
    const passes = survey.passes({ moonRatio, night });
    const slots = Math.floor((lengthDays * SECONDS_PER_DAY) / survey.slotSeconds);
    const observed = order.slice(0, Math.floor(slots / passes.length));
    const slotDays = lengthDays / Math.max(1, observed.length * passes.length);
    const blockFields = Math.max(1, Math.round(survey.passMinutes / (slotDays * 1440)));
    const wanted = new Set(fields);
    const seeing = Math.exp(0.18 * random.normal());
    const visits: Visit[] = [];
    let exposure = 0;
    for (let start = 0; start < observed.length; start += blockFields) {
      const block = observed.slice(start, start + blockFields);
      for (const letter of passes) {
        for (const field of block) {
          const mjdUtc = middle - lengthDays / 2 + (exposure + 0.5) * slotDays;
          const conditions = { mjdUtc, night, exposure, letter, moonRatio, seeing };
          if (wanted.has(field)) visits.push(this.#visit(random, field, conditions));
          exposure++;
        }
      }
    }
    return visits;
  }

  /** Fields due and up, by transit time with some disorder, so that epochs do not repeat at one hour. */
  #fieldsInOrder(
    random: Random,
    { night, middle, lengthDays }: { night: number; middle: number; lengthDays: number },
  ): Field[] {
    const survey = this.#survey;
    const midnightDeg = siderealDeg(middle, survey.longitudeDeg);
    const reachDeg = lengthDays * 180 + 35;
    const due: { readonly field: Field; readonly rank: number }[] = [];
    for (const field of this.#grid) {
      if ((night + field.dueNight) % survey.cadenceNights !== 0) continue;
      const fromMidnight = angleDeg(midnightDeg, field.raDeg);
      const isMissed = random.uniform() < survey.missedRatio;
      const rank = fromMidnight + 14 * random.normal();
      if (Math.abs(fromMidnight) < reachDeg && !isMissed) due.push({ field, rank });
    }
    return due.sort((a, b) => a.rank - b.rank).map(({ field }) => field);
  }

  #visit(
    random: Random,
    field: Field,
    conditions: {
      mjdUtc: number;
      night: number;
      exposure: number;
      letter: string;
      moonRatio: number;
      seeing: number;
    },
  ): Visit {
    const { mjdUtc, night, exposure, letter, moonRatio, seeing } = conditions;
    const survey = this.#survey;
    const index = bandIndex(survey, letter);
    const band = survey.bands[index];
    const hourAngle = angleDeg(field.raDeg, siderealDeg(mjdUtc, survey.longitudeDeg)) * RADIANS;
    const latitude = survey.latitudeDeg * RADIANS;
    const dec = field.decDeg * RADIANS;
    const sinAltitude =
      Math.sin(latitude) * Math.sin(dec) + Math.cos(latitude) * Math.cos(dec) * Math.cos(hourAngle);
    const airmass = 1 / Math.max(0.35, sinAltitude);
    const fwhmRatio = seeing * airmass ** 0.6 * Math.exp(0.07 * random.normal());
    const cloudsMag = random.uniform() < 0.08 ? 0.8 * random.uniform() : 0.06 * Math.abs(random.normal());
    // Krisciunas & Schaefer's sky brightness grows with phase about as the square of the illuminated share.
    const moonMag = (band?.moonLossMag ?? 0) * moonRatio ** 2;
    const airmassMag = 0.18 * (airmass - 1);
    const limitMag =
      (band?.limitMag ?? 20) - moonMag - airmassMag - cloudsMag - 2.5 * Math.log10(Math.max(0.7, fwhmRatio));
    return {
      mjdTai: mjdTaiFromMjdUtc(mjdUtc),
      night,
      exposure,
      field,
      bandIndex: index,
      limitMag,
      skyErrNjy: njyFromMag(limitMag) / 5,
      fwhmArcsec: survey.fwhmArcsec * fwhmRatio,
      airmass,
    };
  }
}
