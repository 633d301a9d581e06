import { Random, galacticFromIcrs } from '../../core/index.ts';
import { CLASSES, CLASS_NAMES } from '../classes/registry.ts';
import type { ClassName } from '../classes/registry.ts';
import type { HostSetting, Population, Sight, Source } from '../classes/source.ts';
import { R_ANGSTROM, njyFromMag } from '../classes/star.ts';
import type { Field, Schedule, Visit } from '../surveys/schedule.ts';
import type { SurveyModel } from '../surveys/survey.ts';
import { clamped } from './distributions.ts';
import { dustTransmissionRatio } from './radiation.ts';

const RADIANS = Math.PI / 180;
/** Scale height of the dust layer, parsec. @source Marshall et al. 2006, doi:10.1051/0004-6361:20053842 */
const DUST_HEIGHT_PARSEC = 125;
const FIELD_ATTEMPTS = 40;

/** Relative number of alerting objects by class; classes left out do not occur. */
export type ClassWeights = Readonly<Partial<Record<ClassName, number>>>;

export const DEFAULT_CLASS_WEIGHTS: ClassWeights = Object.fromEntries(
  CLASS_NAMES.map((name) => [name, CLASSES[name].weight]),
);

/** One object of the simulated sky as a survey sees it, before noise. */
export interface SkyObject {
  readonly index: number;
  readonly className: ClassName;
  readonly source: Source;
  readonly field: Field;
  readonly raDeg: number;
  readonly decDeg: number;
  /** Milky Way reddening towards the object, E(B − V). */
  readonly ebvMag: number;
  /** [bands] share of the light that the dust lets through. */
  readonly dustRatios: readonly number[];
  /** Light of the source itself in the reference image of a band, nJy. */
  referenceNjy(bandIndex: number): number;
  /** Light of the host under the source, within a point source's footprint, in a band, nJy. */
  hostLightNjy(bandIndex: number): number;
}

/** Flux of the source that reaches the survey, nJy. */
export function observedFluxNjy(object: SkyObject, visit: Visit, survey: SurveyModel): number {
  const wavelength = survey.bands[visit.bandIndex]?.wavelengthAngstrom ?? R_ANGSTROM;
  return object.source.fluxNjy(visit.mjdTai, wavelength) * (object.dustRatios[visit.bandIndex] ?? 1);
}

/** A class, in proportion to the weights. */
export function drawClass(random: Random, weights: ClassWeights): ClassName {
  const names = CLASS_NAMES.filter((name) => (weights[name] ?? 0) > 0);
  let total = 0;
  for (const name of names) total += weights[name] ?? 0;
  let left = total * random.uniform();
  for (const name of names) {
    left -= weights[name] ?? 0;
    if (left < 0) return name;
  }
  const last = names.at(-1);
  if (last === undefined) throw new RangeError('Cannot draw a class as none has weight: current count is 0');
  return last;
}

/** An object of a class in one of the fields that the nights visit, active at one of their exposures. */
export function drawSkyObject(options: {
  readonly seed: string;
  readonly index: number;
  readonly attempt: number;
  readonly className: ClassName;
  readonly survey: SurveyModel;
  readonly schedule: Schedule;
}): SkyObject {
  const { seed, index, attempt, className, survey, schedule } = options;
  const random = Random.forPurpose(seed, `object ${index}.${attempt}`);
  const definition = CLASSES[className];
  const focus = drawFocus(random, schedule, definition.population);
  const { raDeg, decDeg } = drawPosition(random, focus.field, survey.fieldSideDeg);
  const [firstVisit, lastVisit] = [schedule.targetVisits[0] ?? focus, schedule.targetVisits.at(-1) ?? focus];
  const [newest, oldest] = survey.templateAgeDays;
  const historyStart = firstVisit.mjdTai - survey.historyDays - 2;
  const sight: Sight = {
    startMjdTai: historyStart - oldest,
    focusMjdTai: focus.mjdTai,
    endMjdTai: lastVisit.mjdTai + 1,
    brightMag: survey.brightMag,
    limitMag: survey.depthMag,
  };
  const source = definition.draw(random, sight);
  const ebvMag = drawReddening(random, { raDeg, decDeg, source });
  const dustRatios = survey.bands.map((band) => dustTransmissionRatio(band.wavelengthAngstrom, ebvMag));
  const { setting } = source;
  const isInReference = setting.kind === 'star' || setting.kind === 'nucleus';
  const references = new Array<number | undefined>(survey.bands.length);
  const wavelengthOf = (band: number): number => survey.bands[band]?.wavelengthAngstrom ?? R_ANGSTROM;
  return {
    index,
    className,
    source,
    field: focus.field,
    raDeg,
    decDeg,
    ebvMag,
    dustRatios,
    referenceNjy: (band) => {
      if (!isInReference) return 0;
      const templates = {
        oldest: historyStart - oldest,
        newest: historyStart - newest,
        count: survey.templateVisits,
      };
      return (references[band] ??=
        templateFluxNjy(source, wavelengthOf(band), templates) * (dustRatios[band] ?? 1));
    },
    hostLightNjy: (band) =>
      setting.kind === 'host'
        ? hostLightNjy(setting, wavelengthOf(band), survey.fwhmArcsec) * (dustRatios[band] ?? 1)
        : 0,
  };
}

function drawFocus(random: Random, schedule: Schedule, population: Population): Visit {
  let visit = random.pick(schedule.targetVisits);
  for (let attempt = 0; attempt < FIELD_ATTEMPTS; attempt++) {
    if (random.uniform() < populationRatio(population, visit.field.galacticLatitudeDeg)) return visit;
    visit = random.pick(schedule.targetVisits);
  }
  return visit;
}

/** How dense a population is at a Galactic latitude, in units of its densest. */
function populationRatio(population: Population, latitudeDeg: number): number {
  const latitude = Math.abs(latitudeDeg);
  switch (population) {
    case 'disc':
      return Math.exp(-latitude / 12) + 0.02;
    case 'halo':
      return latitude > 8 ? Math.exp(-latitude / 60) : 0.25;
    case 'extragalactic':
      return latitude > 12 ? 1 : 0;
    case 'everywhere':
      return 1;
  }
}

/** A point of the square field, tangent-plane offsets. */
function drawPosition(
  random: Random,
  field: Field,
  sideDeg: number,
): { readonly raDeg: number; readonly decDeg: number } {
  const half = sideDeg / 2 - 0.02;
  const decDeg = clamped(field.decDeg + random.between(-half, half), -89.9, 89.9);
  const raDeg = field.raDeg + random.between(-half, half) / Math.max(0.05, Math.cos(field.decDeg * RADIANS));
  return { raDeg: ((raDeg % 360) + 360) % 360, decDeg };
}

/** A plane-parallel dust layer with scatter: all of it towards other galaxies, the near part of it towards a star. */
function drawReddening(
  random: Random,
  options: { readonly raDeg: number; readonly decDeg: number; readonly source: Source },
): number {
  const { raDeg, decDeg, source } = options;
  const sinLatitude = Math.abs(Math.sin(galacticFromIcrs(raDeg, decDeg).latitudeDeg * RADIANS));
  const total = clamped((0.035 / Math.max(0.02, sinLatitude)) * Math.exp(0.4 * random.normal()), 0.005, 2.5);
  if (source.setting.kind !== 'star') return total;
  const height = source.setting.distanceParsec * Math.max(0.02, sinLatitude);
  return total * (1 - Math.exp(-height / DUST_HEIGHT_PARSEC));
}

/** Mean of the middle half of the exposures of a reference image: co-addition leaves out what stands out. */
function templateFluxNjy(
  source: Source,
  wavelengthAngstrom: number,
  templates: { readonly oldest: number; readonly newest: number; readonly count: number },
): number {
  const { oldest, newest, count } = templates;
  const fluxes = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    // Steps of the golden ratio within each interval keep the epochs from beating with a period.
    const share = (i + ((i * 0.618_033_988_75) % 1)) / count;
    fluxes[i] = source.fluxNjy(oldest + (newest - oldest) * share, wavelengthAngstrom);
  }
  const middle = fluxes.sort().subarray(Math.floor(count / 4), Math.ceil((3 * count) / 4));
  return middle.reduce((sum, flux) => sum + flux, 0) / middle.length;
}

/** r to the band's magnitude of a galaxy: its colour goes on to the blue and half as fast to the red. */
export function hostMagAt(host: HostSetting, wavelengthAngstrom: number): number {
  const steps = Math.log(R_ANGSTROM / wavelengthAngstrom) / Math.log(R_ANGSTROM / 4827);
  return host.hostMag + host.hostColourMag * (steps > 0 ? steps : 0.5 * steps);
}

/** Light of an exponential disc within one point source's footprint at the transient's position, nJy, before dust. */
function hostLightNjy(host: HostSetting, wavelengthAngstrom: number, fwhmArcsec: number): number {
  const scaleArcsec = Math.hypot(host.hostRadiusArcsec / 1.678, fwhmArcsec / 2.355);
  const perSquareArcsec =
    (njyFromMag(hostMagAt(host, wavelengthAngstrom)) * Math.exp(-host.separationArcsec / scaleArcsec)) /
    (2 * Math.PI * scaleArcsec ** 2);
  // Effective area of a Gaussian profile of that width.
  return perSquareArcsec * 4 * Math.PI * (fwhmArcsec / 2.355) ** 2;
}
