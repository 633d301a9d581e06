import type { Random } from '../../core/index.ts';
import type { SpectralFeature } from '../sky/spectral-features.ts';

/** Numbers that a class knows of its objects, as columns of the truth table. */
export const TRUTH_FIELDS = {
  periodDays: 'period, days',
  redshift: 'redshift',
  peakMjdTai: 'instant of peak, of closest approach, or of the start of the event, MJD TAI',
  timescaleDays: 'rise, plateau, Einstein or damping time, in the rest frame, or recurrence time, days',
  amplitudeMag: 'full amplitude of the variation, in its bluest usual band, magnitudes',
  absoluteMag: 'absolute AB magnitude at mean or peak light',
} as const satisfies Readonly<Record<string, string>>;
export type TruthField = keyof typeof TRUTH_FIELDS;
export type TruthNumbers = Readonly<Partial<Record<TruthField, number>>>;

/** Where on the sky a class lives. */
export const POPULATIONS = ['disc', 'halo', 'extragalactic', 'everywhere'] as const;
export type Population = (typeof POPULATIONS)[number];

/** A star: its light is in the reference image. */
export interface StarSetting {
  readonly kind: 'star';
  readonly temperatureKelvin: number;
  /** r at mean light before dust, AB. */
  readonly meanMag: number;
  readonly distanceParsec: number;
}

/** A transient in or near a galaxy: only the galaxy is in the reference image. */
export interface HostSetting {
  readonly kind: 'host';
  readonly redshift: number;
  /** r of the galaxy, AB. */
  readonly hostMag: number;
  readonly separationArcsec: number;
  /** g − r of the galaxy. */
  readonly hostColourMag: number;
  /** Half-light radius of the galaxy, arcsec. */
  readonly hostRadiusArcsec: number;
}

/** An active nucleus: point-like or nearly, in the reference image. */
export interface NucleusSetting {
  readonly kind: 'nucleus';
  readonly redshift: number;
  readonly meanMag: number;
}

/** No source in the sky: a fault of the image near a catalogued star. */
export interface ArtefactSetting {
  readonly kind: 'artefact';
  readonly neighbourMag: number;
  readonly neighbourSeparationArcsec: number;
}

export type Setting = StarSetting | HostSetting | NucleusSetting | ArtefactSetting;

/** One object of a class: everything physical about it, noiseless. */
export interface Source {
  /**
   * Flux of the source itself outside the Milky Way's dust, nJy: total for stars and nuclei, of the transient alone where a
   * galaxy hosts it. A pure function of its arguments.
   *
   * @param mjdTai             within the sight that the source was drawn for
   * @param wavelengthAngstrom observed
   */
  fluxNjy(mjdTai: number, wavelengthAngstrom: number): number;
  /** Lines and bands on the continuum at an instant, at rest wavelengths. */
  spectralFeatures(mjdTai: number): readonly SpectralFeature[];
  readonly redshift: number;
  readonly truth: TruthNumbers;
  readonly setting: Setting;
}

/** What a survey can see, and when: objects are drawn so that they may alert there. */
export interface Sight {
  /** Earliest instant at which a flux will be asked for. */
  readonly startMjdTai: number;
  /** An exposure at which the object is to be active. */
  readonly focusMjdTai: number;
  readonly endMjdTai: number;
  /** r at which the survey saturates, AB. */
  readonly brightMag: number;
  /** r of a 5σ point source in one visit, AB. */
  readonly limitMag: number;
}

export interface ClassDefinition {
  /** Relative number among the objects that alert. */
  readonly weight: number;
  /** True for what a reference bank of known classes leaves out. */
  readonly isOddity: boolean;
  readonly population: Population;
  draw(random: Random, sight: Sight): Source;
}
