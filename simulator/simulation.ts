import { Random } from '../core/index.ts';
import type { MjdTai, SurveyId } from '../core/index.ts';
import type { ClassName } from './classes/registry.ts';
import type { TruthNumbers } from './classes/source.ts';
import { LSST_RANKS_MAX, LsstPacketWriter, lsstDetector } from './packets/lsst-packet.ts';
import type { ObservedObject, PacketWriter, WrittenPacket } from './packets/packet-writer.ts';
import { ZtfPacketWriter } from './packets/ztf-packet.ts';
import { ZTF_RANKS_MAX, ztfDetector } from './packets/ztf-records.ts';
import { measureAll, plannedObjects } from './sky-plan.ts';
import type { PlanOptions, PlannedObject } from './sky-plan.ts';
import { drawSkyObject } from './sky/object.ts';
import type { ClassWeights } from './sky/object.ts';
import { surroundingsOf } from './sky/surroundings.ts';
import { LSST } from './surveys/lsst.ts';
import { Schedule } from './surveys/schedule.ts';
import type { SimulatedSurvey, SurveyModel } from './surveys/survey.ts';
import { ZTF } from './surveys/ztf.ts';

/** Night of 2026-03-11 (UTC), close to new moon. */
const DEFAULT_FIRST_NIGHT = 61_110;
/** Measurements kept, with their encoded records, of objects that alert again. */
const CACHED_MEASUREMENTS_MAX = 60_000;

const SURVEYS: { readonly [S in SimulatedSurvey]: SurveyModel } = { ztf: ZTF, lsst: LSST };

export interface SimulationOptions {
  readonly survey: SimulatedSurvey;
  readonly seed: string | number;
  /** Consecutive nights; 1 by default. */
  readonly nights?: number;
  /** Integer MJD (UTC) of the first night. */
  readonly firstNight?: number;
  /** False leaves the cutouts null; true by default. */
  readonly withCutouts?: boolean;
  /** Relative number of alerting objects by class; the usual sky's by default. */
  readonly classWeights?: ClassWeights;
}

export interface SimulatedTruth {
  readonly objectId: SurveyId;
  readonly className: ClassName;
  readonly raDeg: number;
  readonly decDeg: number;
  readonly numbers: TruthNumbers;
}

/** One alert with what it is about. */
export interface SimulatedPacket extends WrittenPacket {
  readonly mjdTai: MjdTai;
  readonly planned: PlannedObject;
  readonly observed: ObservedObject;
  /** Number of the object in the plan, from 0. */
  readonly number: number;
  readonly truth: SimulatedTruth;
}

/** One survey's sky, nights and packets from one seed. */
export class Simulation {
  readonly survey: SurveyModel;
  readonly schedule: Schedule;
  readonly seed: string;
  readonly #writer: PacketWriter;
  readonly #plan: PlanOptions;

  constructor(options: SimulationOptions) {
    const {
      survey,
      seed,
      nights = 1,
      firstNight = DEFAULT_FIRST_NIGHT,
      withCutouts = true,
      classWeights,
    } = options;
    this.survey = SURVEYS[survey];
    this.seed = `${seed}/${survey}`;
    this.schedule = new Schedule({ survey: this.survey, seed: this.seed, firstNight, nights });
    const nameOffset = Random.forPurpose(this.seed, 'names').uint32();
    const isZtf = survey === 'ztf';
    this.#writer = isZtf
      ? new ZtfPacketWriter({ withCutouts, nameOffset })
      : new LsstPacketWriter({ withCutouts });
    this.#plan = {
      survey: this.survey,
      schedule: this.schedule,
      seed: this.seed,
      detectorOf: isZtf ? ztfDetector : lsstDetector,
      ranksMax: isZtf ? ZTF_RANKS_MAX : LSST_RANKS_MAX,
      ...(classWeights === undefined ? {} : { classWeights }),
    };
  }

  /** Objects that alert in the nights, without end. */
  objects(): Generator<PlannedObject> {
    return plannedObjects(this.#plan);
  }

  /** Draws and measures a planned object again. */
  observe(planned: PlannedObject): ObservedObject {
    const object = drawSkyObject({ ...planned, ...this.#plan });
    return {
      object,
      rank: planned.rank,
      measurements: measureAll(object, this.#plan),
      surroundings: surroundingsOf(object, this.seed),
    };
  }

  #indexOf(observed: ObservedObject, position: number): number {
    const visit = this.schedule.targetVisits[position];
    const index = observed.measurements.findLastIndex((measurement) => measurement.visit === visit);
    if (index < 0)
      throw new RangeError(`Cannot alert without a measurement: current exposure is ${position}`);
    return index;
  }

  /** The packet of an object's alert in one exposure of the nights. */
  packetAt(observed: ObservedObject, position: number): WrittenPacket {
    return this.#writer.packetOf(observed, this.#indexOf(observed, position));
  }

  truthOf(observed: ObservedObject): SimulatedTruth {
    const { object } = observed;
    return {
      objectId: this.#writer.objectIdOf(observed),
      className: object.className,
      raDeg: object.raDeg,
      decDeg: object.decDeg,
      numbers: object.source.truth,
    };
  }
}

/** Objects that send exactly so many alerts in all; the last one may send fewer than it has. */
export function* plannedAlerts(simulation: Simulation, alerts: number): Generator<PlannedObject> {
  let left = alerts;
  if (left <= 0) return;
  for (const planned of simulation.objects()) {
    const alertVisits = planned.alertVisits.slice(0, left);
    yield { ...planned, alertVisits };
    left -= alertVisits.length;
    if (left === 0) return;
  }
}

/**
 * The packets of one night or several, exactly so many, in order of time, with what each is about.
 *
 * @example for (const { bytes, observed } of simulateNight({ survey: 'ztf', seed: 1, alerts: 100 })) …
 */
export function simulateNight(
  options: SimulationOptions & { readonly alerts: number },
): Generator<SimulatedPacket> {
  const simulation = new Simulation(options);
  return packetsOf(simulation, [...plannedAlerts(simulation, options.alerts)]);
}

/** Observed objects that will alert again, the most recent ones: a field is visited again within the hour. */
class ObservedCache {
  readonly #simulation: Simulation;
  readonly #plan: readonly PlannedObject[];
  readonly #known = new Map<number, ObservedObject>();
  #measurements = 0;

  constructor(simulation: Simulation, plan: readonly PlannedObject[]) {
    this.#simulation = simulation;
    this.#plan = plan;
  }

  /** The object with this number in the plan, for an alert of this exposure: kept only if it alerts again. */
  get(
    number: number,
    position: number,
  ): { readonly planned: PlannedObject; readonly observed: ObservedObject } {
    const planned = this.#plan[number];
    if (planned === undefined) {
      throw new RangeError(`Cannot observe an object that is not planned: current number is ${number}`);
    }
    const known = this.#known.get(number);
    const observed = known ?? this.#simulation.observe(planned);
    const isLast = planned.alertVisits.at(-1) === position;
    if (known === undefined && !isLast) this.#keep(number, observed);
    if (known !== undefined && isLast) this.#forget(number, observed);
    return { planned, observed };
  }

  #keep(number: number, observed: ObservedObject): void {
    this.#known.set(number, observed);
    this.#measurements += observed.measurements.length;
    for (const [oldest, old] of this.#known) {
      if (this.#measurements <= CACHED_MEASUREMENTS_MAX) return;
      this.#forget(oldest, old);
    }
  }

  #forget(number: number, observed: ObservedObject): void {
    this.#known.delete(number);
    this.#measurements -= observed.measurements.length;
  }
}

/** Room for an object's number behind the position of its exposure in one sorting key. */
const NUMBERS_MAX = 2 ** 31;

/** [alerts] exposure position × NUMBERS_MAX + number of the object in the plan, ascending. */
function alertOrder(plan: readonly PlannedObject[]): Float64Array {
  const count = plan.reduce((sum, { alertVisits }) => sum + alertVisits.length, 0);
  const keys = new Float64Array(count);
  let at = 0;
  plan.forEach(({ alertVisits }, number) => {
    for (const position of alertVisits) keys[at++] = position * NUMBERS_MAX + number;
  });
  return keys.sort();
}

/**
 * The packets of a plan in order of time. Memory is bounded but for the plan and 8 bytes an alert: objects are drawn and
 * measured again, with the same numbers, when an exposure of theirs comes.
 */
export function* packetsOf(
  simulation: Simulation,
  plan: readonly PlannedObject[],
): Generator<SimulatedPacket> {
  const cache = new ObservedCache(simulation, plan);
  for (const key of alertOrder(plan)) {
    const number = key % NUMBERS_MAX;
    const position = Math.floor(key / NUMBERS_MAX);
    const visit = simulation.schedule.targetVisits[position];
    if (visit === undefined) continue;
    const { planned, observed } = cache.get(number, position);
    const packet = simulation.packetAt(observed, position);
    const truth = simulation.truthOf(observed);
    yield { ...packet, mjdTai: visit.mjdTai, planned, observed, number, truth };
  }
}
