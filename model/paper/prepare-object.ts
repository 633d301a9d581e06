import { galacticFromIcrs } from '../../core/index.ts';
import type { DataSetObject, JoinedObject } from '../../core/index.ts';
import { PAPER_METADATA_COLUMNS, transformMetadata } from './preprocess-metadata.ts';
import type { PaperMetadataColumn, PaperMetadataRow, ZScoreStatistics } from './preprocess-metadata.ts';
import { PHOTOMETRY_AUXILIARIES, preprocessPhotometry } from './preprocess-photometry.ts';
import { preprocessSpectrum } from './preprocess-spectrum.ts';
import type { PaperPart } from './release-part.ts';

export interface PreparePaperObjectOptions {
  /** Steps of a light curve. */
  readonly length: number;
  readonly preprocessing: PaperPart['preprocessing'];
  /** Told of each part that cannot be used: `its spectrum cannot be used: …`. */
  readonly onUnusable: (reason: string) => void;
}

/** What the encoders take of one object, by the names of their inputs; a modality whose inputs are not there is absent. */
export type PaperInputs = Readonly<Record<string, Float32Array<ArrayBuffer>>>;

/** What the profile looks at. */
type PaperObject = Pick<DataSetObject, 'joined' | 'catalogue'>;

/** Columns of the catalogue that are tiled to every step of a light curve. */
const AUXILIARIES: readonly ((catalogue: Readonly<Record<string, number | null>>) => number)[] = [
  (catalogue) => catalogue['amplitude'] ?? NaN,
  (catalogue) => (Number(catalogue['period']) > 0 ? Math.log10(Number(catalogue['period'])) : NaN),
  (catalogue) => catalogue['lksl_statistic'] ?? NaN,
  (catalogue) => catalogue['rfr_score'] ?? NaN,
];

/**
 * An object of a data set as the encoders take it: `photometry` with `mask`, `spectra`, `metadata`. Upper limits are not
 * looked at.
 *
 * A value that is missing counts as the mean, as all auxiliaries do without statistics; without statistics metadata are
 * absent. An object without a row of the AstroM³ catalogue has metadata where alert metadata has any of its columns.
 *
 * @complexity O(n log n) in the points of the light curve
 */
export function preparePaperObject(
  object: PaperObject,
  { length, preprocessing, onUnusable }: PreparePaperObjectOptions,
): PaperInputs {
  const inputs: Record<string, Float32Array<ArrayBuffer>> = {};
  const { lightCurve, spectrum } = object.joined;
  const leaveOut = (what: string, reason: string): void => {
    onUnusable(`its ${what} cannot be used: ${reason}`);
  };
  const measured = lightCurve.points.filter(({ kind }) => kind !== 'upperLimit');
  if (measured.length > 0) {
    const values = paperAuxiliaries(object) ?? new Float64Array(PHOTOMETRY_AUXILIARIES).fill(NaN);
    const rows = {
      timeDays: Float64Array.from(measured, ({ mjdTai }) => mjdTai),
      flux: Float64Array.from(measured, ({ fluxNjy }) => fluxNjy),
      fluxErr: Float64Array.from(measured, ({ fluxErrNjy }) => fluxErrNjy),
    };
    const auxiliary = scored(values, preprocessing.photometryAuxiliary);
    const result = preprocessPhotometry(rows, { auxiliary, length });
    if (result.ok) Object.assign(inputs, result.value);
    else leaveOut('light curve', result.rejection.reason);
  }
  if (spectrum !== null) {
    const { wavelengthAngstrom, flux, fluxErr } = spectrum;
    const rows = { wavelengthAngstrom, flux, fluxErr: fluxErr ?? new Float64Array(flux.length) };
    const result = preprocessSpectrum(rows);
    if (result.ok) inputs['spectra'] = result.value;
    else leaveOut('spectrum', result.rejection.reason);
  }
  const values = preprocessing.metadata === null ? null : paperMetadata(object);
  if (values !== null) inputs['metadata'] = Float32Array.from(scored(values, preprocessing.metadata));
  return inputs;
}

/** [4] amplitude, log10 period, LKSL statistic and classifier score, NaN where missing; `null` without a catalogue's row. */
export function paperAuxiliaries({ catalogue }: PaperObject): Float64Array | null {
  return catalogue === null ? null : Float64Array.from(AUXILIARIES, (value) => value(catalogue));
}

/** [34] transformed columns, NaN where missing; `null` if none but the position is known. */
export function paperMetadata(object: PaperObject): Float64Array | null {
  const row = metadataRow(object);
  return row === null ? null : transformMetadata(row);
}

/** Z-scores; what is missing, has no statistics or is beyond float32 counts as the mean. */
function scored(values: Float64Array, statistics: ZScoreStatistics | null): Float64Array {
  return values.map((value, i) => {
    const std = statistics?.std[i] ?? 0;
    const score = Math.fround((value - (statistics?.mean[i] ?? NaN)) / (std > 0 ? std : 1));
    return Number.isFinite(score) ? score : 0;
  });
}

/** The 34 columns, NaN where missing; `null` if none but the position is known. */
function metadataRow({ catalogue, joined }: PaperObject): PaperMetadataRow | null {
  const known = catalogue ?? fromMetadata(joined);
  const row = Object.fromEntries(
    PAPER_METADATA_COLUMNS.map((column) => [column, known[column] ?? NaN]),
  ) as Record<PaperMetadataColumn, number>;
  const ofPosition: readonly string[] = ['l', 'b'];
  const hasAny = PAPER_METADATA_COLUMNS.some(
    (column) => !ofPosition.includes(column) && Number.isFinite(row[column]),
  );
  return hasAny ? row : null;
}

/** What alert metadata has of the columns. */
function fromMetadata({
  lightCurve: { raDeg, decDeg },
  metadata,
}: JoinedObject): Partial<Record<PaperMetadataColumn, number>> {
  const { longitudeDeg, latitudeDeg } = galacticFromIcrs(raDeg, decDeg);
  const pairs: readonly (readonly [PaperMetadataColumn, number | undefined])[] = [
    ['phot_g_mean_mag', metadata.gaiaGMag],
    ['bp_rp', metadata.gaiaBpRpMag],
    ['parallax', metadata.parallaxMas],
    ['parallax_error', metadata.parallaxErrMas],
    ['pm', metadata.properMotionMasPerYear],
    ['j_mag', metadata.jMag],
    ['h_mag', metadata.hMag],
    ['k_mag', metadata.kMag],
    ['w1_mag', metadata.w1Mag],
    ['w2_mag', metadata.w2Mag],
    ['l', longitudeDeg],
    ['b', latitudeDeg],
  ];
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}
