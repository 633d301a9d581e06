export const SIMULATED_SURVEYS = ['ztf', 'lsst'] as const;
export type SimulatedSurvey = (typeof SIMULATED_SURVEYS)[number];

export interface BandModel {
  /** One lower-case letter. */
  readonly letter: string;
  readonly wavelengthAngstrom: number;
  /** 5σ limit of a point source in one dark, typical visit, AB. */
  readonly limitMag: number;
  /** Flux of one electron in a visit, nJy: the photon noise. */
  readonly electronNjy: number;
  /** Depth lost at full moon, magnitudes. */
  readonly moonLossMag: number;
}

/** A survey as its exposures are: where, how often, how deep. */
export interface SurveyModel {
  readonly name: SimulatedSurvey;
  readonly longitudeDeg: number;
  readonly latitudeDeg: number;
  readonly bands: readonly BandModel[];
  /** Letters of the bands of a night's successive passes over a field, by the moon's illuminated share. */
  passes(options: { readonly moonRatio: number; readonly night: number }): readonly string[];
  readonly fieldSideDeg: number;
  /** Fields lie between these declinations, degrees. */
  readonly declinationsDeg: readonly [south: number, north: number];
  /** Galactic latitudes nearer to the plane than this are not covered, degrees. */
  readonly galacticGapDeg: number;
  /** A field is visited every so many nights. */
  readonly cadenceNights: number;
  /** Share of the nights lost to weather, 0–1. */
  readonly closedRatio: number;
  /** Share of the due visits that do not happen, 0–1. */
  readonly missedRatio: number;
  readonly exposureSeconds: number;
  /** Shortest time from one exposure's start to the next, seconds. */
  readonly slotSeconds: number;
  /** Time between the passes over a field, minutes. */
  readonly passMinutes: number;
  readonly fwhmArcsec: number;
  readonly pixelArcsec: number;
  /** Floor of the position error, arcsec. */
  readonly astrometryArcsec: number;
  /** Days of history that a packet carries. */
  readonly historyDays: number;
  /** Exposures in a reference image, and how long before the history they were taken, days. */
  readonly templateVisits: number;
  readonly templateAgeDays: readonly [newest: number, oldest: number];
  /** r of the saturation limit and of the depth that classes are drawn for, AB. */
  readonly brightMag: number;
  readonly depthMag: number;
  /** Share of the reference flux that subtraction leaves as noise, 0–1. */
  readonly subtractionRatio: number;
}

/** Index of a band by letter. */
export function bandIndex(survey: SurveyModel, letter: string): number {
  const index = survey.bands.findIndex((band) => band.letter === letter);
  if (index < 0)
    throw new RangeError(`Cannot observe in a band that ${survey.name} lacks: current band is "${letter}"`);
  return index;
}
