/**
 * The context of an object that an alert packet or a catalogue can carry: closed, so that a release can name its inputs.
 * None is label-adjacent: no other classifier's verdict, no catalogue period (docs/decisions tells why).
 */
export const METADATA_FIELDS = {
  starGalaxyRatio: 'star/galaxy score of the nearest catalogued source, 0 galaxy to 1 star',
  neighbourSeparationArcsec: 'separation of the nearest catalogued source, arcsec',
  neighbourGMag: 'g magnitude of the nearest catalogued source, AB',
  neighbourRMag: 'r magnitude of the nearest catalogued source, AB',
  neighbourIMag: 'i magnitude of the nearest catalogued source, AB',
  neighbourZMag: 'z magnitude of the nearest catalogued source, AB',
  referenceSeparationArcsec: 'separation of the nearest source in the reference image, arcsec',
  referenceMag: 'magnitude of the nearest source in the reference image, AB',
  gaiaSeparationArcsec: 'separation of the nearest Gaia source, arcsec',
  gaiaGMag: 'Gaia G magnitude of the nearest Gaia source, Vega',
  gaiaBpRpMag: 'Gaia BP − RP colour, Vega magnitudes',
  parallaxMas: 'parallax, milliarcseconds',
  parallaxErrMas: '1σ error of the parallax, milliarcseconds',
  properMotionMasPerYear: 'total proper motion, milliarcseconds a year',
  jMag: '2MASS J magnitude, Vega',
  hMag: '2MASS H magnitude, Vega',
  kMag: '2MASS K magnitude, Vega',
  w1Mag: 'WISE W1 magnitude, Vega',
  w2Mag: 'WISE W2 magnitude, Vega',
  hostSeparationArcsec: 'separation of the host galaxy, arcsec',
  hostRedshift: 'redshift of the host galaxy, or of the object itself',
  hostRedshiftErr: '1σ error of the redshift',
  hostMag: 'r magnitude of the host galaxy, AB',
  milkyWayEbvMag: 'Milky Way reddening E(B − V), magnitudes',
} as const satisfies Readonly<Record<string, string>>;

export type MetadataField = keyof typeof METADATA_FIELDS;

/** What is known of an object's context; a field that is not known is absent. Every value is finite. */
export type Metadata = Readonly<Partial<Record<MetadataField, number>>>;

export const METADATA_FIELD_NAMES = Object.keys(METADATA_FIELDS) as readonly MetadataField[];

/** Metadata from possibly missing values: `null`, `undefined` and non-finite ones are left out. */
export function metadataFrom(
  values: Readonly<Partial<Record<MetadataField, number | null | undefined>>>,
): Metadata {
  const known: Partial<Record<MetadataField, number>> = {};
  for (const field of METADATA_FIELD_NAMES) {
    const value = values[field];
    if (value !== undefined && value !== null && Number.isFinite(value)) known[field] = value;
  }
  return known;
}

/** One record of a metadata topic: context of one object, known by its id or by its position. */
export interface MetadataRecord {
  /** Names it in the store: the position of its message. */
  readonly recordId: string;
  /** Object that it belongs to, as text, where the record says so; otherwise it is joined by position. */
  readonly objectId: string | null;
  /** ICRS, degrees. */
  readonly raDeg: number | null;
  readonly decDeg: number | null;
  readonly metadata: Metadata;
}
