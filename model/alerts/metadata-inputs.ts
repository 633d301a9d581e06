import {
  galacticFromIcrs,
  METADATA_FIELD_NAMES,
  type Metadata,
  type MetadataField,
} from '../../core/index.ts';
import type { InputSpec } from './input-spec.ts';

interface Transform {
  readonly unit: string;
  readonly of: (value: number) => number;
}

const RADIANS = Math.PI / 180;

const RATIO: Transform = { unit: '0 to 1', of: (value) => Math.max(0, Math.min(1, value)) };
/** Catalogues mark a missing magnitude by −999, 99 or the like: those are left out. */
const MAGNITUDE: Transform = { unit: 'mag', of: (mag) => (mag > -30 && mag < 60 ? mag : NaN) };
const SEPARATION: Transform = {
  unit: 'log10(0.1 + arcsec)',
  of: (arcsec) => (arcsec >= 0 ? Math.log10(0.1 + arcsec) : NaN),
};
const asinhOf = (unit: string): Transform => ({ unit: `asinh(${unit})`, of: Math.asinh });
/** log10 of a quantity that is positive, offset so that 0 is finite. */
const logOf = (offset: number, unit: string): Transform => ({
  unit: `log10(${offset} + ${unit})`,
  of: (value) => (value >= 0 ? Math.log10(offset + value) : NaN),
});

/** How each field is transformed before it is encoded; what a transform cannot take is missing. */
const TRANSFORMS: { readonly [F in MetadataField]: Transform } = {
  starGalaxyRatio: RATIO,
  neighbourSeparationArcsec: SEPARATION,
  neighbourGMag: MAGNITUDE,
  neighbourRMag: MAGNITUDE,
  neighbourIMag: MAGNITUDE,
  neighbourZMag: MAGNITUDE,
  referenceSeparationArcsec: SEPARATION,
  referenceMag: MAGNITUDE,
  gaiaSeparationArcsec: SEPARATION,
  gaiaGMag: MAGNITUDE,
  gaiaBpRpMag: MAGNITUDE,
  parallaxMas: asinhOf('mas'),
  parallaxErrMas: logOf(0.01, 'mas'),
  properMotionMasPerYear: logOf(0.1, 'mas per year'),
  jMag: MAGNITUDE,
  hMag: MAGNITUDE,
  kMag: MAGNITUDE,
  w1Mag: MAGNITUDE,
  w2Mag: MAGNITUDE,
  hostSeparationArcsec: SEPARATION,
  hostRedshift: { unit: 'log10(0.001 + max(0, z))', of: (z) => Math.log10(0.001 + Math.max(0, z)) },
  hostRedshiftErr: logOf(0.0001, 'z'),
  hostMag: MAGNITUDE,
  milkyWayEbvMag: logOf(0.01, 'mag'),
};

/** Where the object lies in the Galaxy: known for every object, so it does not make a modality by itself. */
const POSITION_INPUTS: readonly InputSpec[] = [
  { name: 'absSinGalacticLatitude', unit: '|sin b|' },
  { name: 'sinGalacticLatitude', unit: 'sin b' },
  { name: 'cosGalacticLongitude', unit: 'cos l' },
];

/** The metadata inputs, in order: a release names them, and only opens where these are the same. */
export const METADATA_INPUTS: readonly InputSpec[] = [
  ...METADATA_FIELD_NAMES.map((name) => ({ name, unit: TRANSFORMS[name].unit })),
  ...POSITION_INPUTS,
];

/**
 * The metadata inputs of an object, before encoding.
 *
 * @returns [METADATA_INPUTS.length] NaN where missing; `null` if no field is known: the position alone is no metadata
 */
export function metadataInputs(
  metadata: Metadata,
  position: { readonly raDeg: number; readonly decDeg: number },
): Float64Array | null {
  const fields = METADATA_FIELD_NAMES.map((name) => {
    const value = metadata[name];
    const transformed = value === undefined ? NaN : TRANSFORMS[name].of(value);
    return Number.isFinite(transformed) ? transformed : NaN;
  });
  if (fields.every(Number.isNaN)) return null;
  const { longitudeDeg, latitudeDeg } = galacticFromIcrs(position.raDeg, position.decDeg);
  const sinLatitude = Math.sin(latitudeDeg * RADIANS);
  return Float64Array.from([...fields, Math.abs(sinLatitude), sinLatitude, Math.cos(longitudeDeg * RADIANS)]);
}
