const SPEED_OF_LIGHT_KM_PER_S = 299_792.458;

/** A Gaussian line: emission for positive height, absorption for negative, in units of the continuum. */
export interface LineFeature {
  readonly kind: 'line';
  readonly restAngstrom: number;
  readonly sigmaKmPerS: number;
  readonly height: number;
}

/** A molecular band: a sharp head at its blue end and a slow recovery to the red. */
export interface BandFeature {
  readonly kind: 'band';
  readonly headAngstrom: number;
  readonly lengthAngstrom: number;
  /** Share of the continuum that is missing at the head, 0–1. */
  readonly depth: number;
}

/** P Cygni profile of an expanding photosphere: emission at rest, absorption shifted by the expansion velocity. */
export interface PCygniFeature {
  readonly kind: 'pCygni';
  readonly restAngstrom: number;
  readonly velocityKmPerS: number;
  /** Share of the continuum missing at the trough, 0–1. */
  readonly depth: number;
  /** Height of the emission in units of the continuum. */
  readonly emission: number;
}

/** Everything blueward of an edge is let through only in part: the forest and limit of intergalactic hydrogen. */
export interface EdgeFeature {
  readonly kind: 'edge';
  readonly restAngstrom: number;
  readonly transmissionRatio: number;
}

export type SpectralFeature = LineFeature | BandFeature | PCygniFeature | EdgeFeature;

/**
 * Factor on the continuum at a rest wavelength: the product over the features.
 *
 * @param wavelengthAngstrom in the rest frame
 * @returns ≥ 0
 */
export function featureFactor(features: readonly SpectralFeature[], wavelengthAngstrom: number): number {
  let factor = 1;
  for (const feature of features) factor *= Math.max(0, oneFactor(feature, wavelengthAngstrom));
  return factor;
}

function gaussian(wavelengthAngstrom: number, centreAngstrom: number, sigmaAngstrom: number): number {
  const x = (wavelengthAngstrom - centreAngstrom) / sigmaAngstrom;
  return Math.abs(x) > 6 ? 0 : Math.exp(-0.5 * x * x);
}

function oneFactor(feature: SpectralFeature, wavelengthAngstrom: number): number {
  switch (feature.kind) {
    case 'line': {
      const sigma = (feature.restAngstrom * feature.sigmaKmPerS) / SPEED_OF_LIGHT_KM_PER_S;
      return 1 + feature.height * gaussian(wavelengthAngstrom, feature.restAngstrom, sigma);
    }
    case 'band': {
      const past = wavelengthAngstrom - feature.headAngstrom;
      return past < 0 ? 1 : 1 - feature.depth * Math.exp(-past / feature.lengthAngstrom);
    }
    case 'pCygni': {
      const { restAngstrom, velocityKmPerS, depth, emission } = feature;
      const shift = (restAngstrom * velocityKmPerS) / SPEED_OF_LIGHT_KM_PER_S;
      const trough = gaussian(wavelengthAngstrom, restAngstrom - shift, shift * 0.35);
      const peak = gaussian(wavelengthAngstrom, restAngstrom, shift * 0.5);
      return (1 - depth * trough) * (1 + emission * peak);
    }
    case 'edge':
      return wavelengthAngstrom < feature.restAngstrom ? feature.transmissionRatio : 1;
  }
}

const BALMER_ANGSTROM = [6562.8, 4861.3, 4340.5, 4101.7, 3970.1, 3889.0] as const;

/** Balmer series from Hα down, each line weaker than the one before by `decrement`. */
export function balmerLines(options: {
  readonly height: number;
  readonly sigmaKmPerS: number;
  readonly decrement: number;
}): LineFeature[] {
  return BALMER_ANGSTROM.map((restAngstrom, i) => ({
    kind: 'line',
    restAngstrom,
    sigmaKmPerS: options.sigmaKmPerS,
    height: options.height * options.decrement ** i,
  }));
}

/** Line centres and relative depths of a late-type photosphere: Ca II K and H, G band, Mg b, Na D, Ca II triplet. */
const METAL_LINES: readonly (readonly [restAngstrom: number, depth: number, sigmaKmPerS: number])[] = [
  [3933.7, 0.7, 600],
  [3968.5, 0.6, 600],
  [4226.7, 0.2, 400],
  [4304, 0.35, 900],
  [5175, 0.35, 900],
  [5270, 0.15, 700],
  [5892, 0.2, 350],
  [8498, 0.2, 200],
  [8542, 0.35, 220],
  [8662, 0.3, 220],
];

/** Heads of the strong TiO systems, their lengths and relative depths. */
const TIO_BANDS: readonly (readonly [headAngstrom: number, lengthAngstrom: number, depth: number])[] = [
  [4761, 120, 0.5],
  [4954, 130, 0.6],
  [5167, 180, 0.7],
  [5448, 160, 0.5],
  [5847, 160, 0.6],
  [6158, 230, 0.7],
  [6651, 160, 0.5],
  [7053, 250, 0.75],
  [7589, 220, 0.6],
  [8206, 150, 0.3],
  [8432, 180, 0.5],
];

/**
 * Features of a stellar photosphere: Balmer absorption strongest near 9,000 K, metals below 7,000 K, TiO below 4,000 K.
 *
 * @source Gray & Corbally 2009, Stellar Spectral Classification, for lines and trends; depths are ours
 */
export function stellarFeatures(temperatureKelvin: number): SpectralFeature[] {
  const balmer = 0.55 * Math.exp(-0.5 * (Math.log(temperatureKelvin / 9000) / 0.22) ** 2);
  const metals = Math.min(1, Math.max(0, (7800 - temperatureKelvin) / 2300));
  const molecules = Math.min(1, Math.max(0, (4000 - temperatureKelvin) / 1200));
  const features: SpectralFeature[] = [];
  if (balmer > 0.02) {
    features.push(...balmerLines({ height: -balmer, sigmaKmPerS: 450, decrement: 0.98 }));
    features.push({ kind: 'line', restAngstrom: 3933.7, sigmaKmPerS: 250, height: -0.25 });
  }
  if (metals > 0) {
    for (const [restAngstrom, depth, sigmaKmPerS] of METAL_LINES) {
      features.push({ kind: 'line', restAngstrom, sigmaKmPerS, height: -depth * metals });
    }
  }
  if (molecules > 0) {
    for (const [headAngstrom, lengthAngstrom, depth] of TIO_BANDS) {
      features.push({ kind: 'band', headAngstrom, lengthAngstrom, depth: depth * molecules });
    }
  }
  return features;
}
