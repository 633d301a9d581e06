import { galacticFromIcrs } from '../../core/index.ts';
import type { DataFault, DataSetObject, JoinedObject } from '../../core/index.ts';
import { RunningStatistics } from '../standardise.ts';
import type { InputStatistics } from '../standardise.ts';
import { TensorsSetWriter } from '../training/data/tensors-set-writer.ts';
import type { StoredObject } from '../training/data/tensors-set-writer.ts';
import type { ModalityRows } from '../training/data/training-set.ts';
import { PAPER_METADATA_COLUMNS, transformMetadata } from './preprocess-metadata.ts';
import type { PaperMetadataColumn, PaperMetadataRow } from './preprocess-metadata.ts';
import { PHOTOMETRY_AUXILIARIES, preprocessPhotometry } from './preprocess-photometry.ts';
import { preprocessSpectrum } from './preprocess-spectrum.ts';
import type { PaperPart } from './release-part.ts';

/** Objects that can be gone through more than once. */
export type ObjectSource = () => AsyncIterable<DataSetObject> | Iterable<DataSetObject>;

export interface PreparePaperDataOptions {
  /** The file of tensors to write; its index lies beside it. */
  readonly file: string;
  readonly modalities: readonly ModalityRows[];
  /** Steps of a light curve. */
  readonly length: number;
  /** Of a release; `null` takes them of the objects for which `isFitted` holds. */
  readonly preprocessing: PaperPart['preprocessing'] | null;
  readonly isFitted?: (object: DataSetObject) => boolean;
  /** Names that labels number; those of the objects by default. */
  readonly classes?: readonly string[];
  readonly signal: AbortSignal;
  readonly onFault: (fault: DataFault) => void;
  readonly onProgress?: (objects: number) => void;
}

export interface PreparedPaperData {
  readonly objects: number;
  readonly preprocessing: PaperPart['preprocessing'];
}

/** Columns of the catalogue that are tiled to every step of a light curve. */
const AUXILIARIES: readonly ((catalogue: Readonly<Record<string, number | null>>) => number)[] = [
  (catalogue) => catalogue['amplitude'] ?? NaN,
  (catalogue) => (Number(catalogue['period']) > 0 ? Math.log10(Number(catalogue['period'])) : NaN),
  (catalogue) => catalogue['lksl_statistic'] ?? NaN,
  (catalogue) => catalogue['rfr_score'] ?? NaN,
];

/**
 * Prepares the objects of a data set for training in the paper profile, in their order. Two passes where statistics are
 * taken from the objects, else one.
 *
 * A value that is missing counts as the mean. An object without a row of the AstroM³ catalogue has metadata where alert
 * metadata has any of its columns.
 *
 * @throws PipelineError as the objects' source; OUTPUT_UNUSABLE, OUTPUT_NO_SPACE; the signal's reason
 */
export async function preparePaperData(
  objects: ObjectSource,
  options: PreparePaperDataOptions,
): Promise<PreparedPaperData> {
  const { file, modalities, classes, signal, onFault, onProgress } = options;
  const preprocessing = options.preprocessing ?? (await statisticsOf(objects, options));
  const writer = await TensorsSetWriter.create(file, modalities);
  try {
    for await (const object of objects()) {
      signal.throwIfAborted();
      await writer.append(storedObject(object, { ...options, preprocessing, onFault }));
      onProgress?.(writer.rows);
    }
    if (writer.rows > 0) await writer.finish(classes);
    return { objects: writer.rows, preprocessing };
  } finally {
    await writer.discard();
  }
}

async function statisticsOf(
  objects: ObjectSource,
  { isFitted = () => true, signal }: PreparePaperDataOptions,
): Promise<PaperPart['preprocessing']> {
  const auxiliary = new RunningStatistics(PHOTOMETRY_AUXILIARIES);
  const metadata = new RunningStatistics(PAPER_METADATA_COLUMNS.length);
  for await (const object of objects()) {
    signal.throwIfAborted();
    if (!isFitted(object)) continue;
    if (object.catalogue !== null) auxiliary.add(auxiliaryOf(object.catalogue));
    const row = metadataRow(object);
    if (row !== null) metadata.add(transformMetadata(row));
  }
  return { photometryAuxiliary: auxiliary.statistics(), metadata: metadata.statistics() };
}

function storedObject(
  object: DataSetObject,
  { length, preprocessing, onFault }: PreparePaperDataOptions & Pick<PreparedPaperData, 'preprocessing'>,
): StoredObject {
  const { objectId, className, split, joined, catalogue } = object;
  const { lightCurve, spectrum } = joined;
  const inputs: Record<string, Float32Array<ArrayBuffer>> = {};
  const leaveOut = (what: string, reason: string): void => {
    onFault({ file: objectId, row: null, reason: `its ${what} cannot be used: ${reason}` });
  };
  const measured = lightCurve.points.filter(({ kind }) => kind !== 'upperLimit');
  if (measured.length > 0) {
    const values =
      catalogue === null ? new Float64Array(PHOTOMETRY_AUXILIARIES).fill(NaN) : auxiliaryOf(catalogue);
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
  const row = metadataRow(object);
  if (row !== null)
    inputs['metadata'] = Float32Array.from(scored(transformMetadata(row), preprocessing.metadata));
  return { objectId, className, split, survey: lightCurve.survey, inputs };
}

function auxiliaryOf(catalogue: Readonly<Record<string, number | null>>): Float64Array {
  return Float64Array.from(AUXILIARIES, (value) => value(catalogue));
}

/** Z-scores; what is missing, or has no statistics, counts as the mean. */
function scored(
  values: Float64Array,
  statistics:
    Pick<InputStatistics, 'mean' | 'std'> | { mean: readonly number[]; std: readonly number[] } | null,
): Float64Array {
  return values.map((value, i) => {
    const std = statistics?.std[i] ?? 0;
    const score = (value - (statistics?.mean[i] ?? NaN)) / (std > 0 ? std : 1);
    return Number.isFinite(score) ? score : 0;
  });
}

/** The 34 columns, NaN where missing; `null` if none but the position is known. */
function metadataRow({ catalogue, joined }: DataSetObject): PaperMetadataRow | null {
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
