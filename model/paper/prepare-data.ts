import { PipelineError } from '../../core/index.ts';
import type { DataFault, DataSetObject } from '../../core/index.ts';
import { RunningStatistics } from '../running-statistics.ts';
import { TensorsSetWriter } from '../training/data/tensors-set-writer.ts';
import type { ModalityRows } from '../training/data/training-set.ts';
import { paperAuxiliaries, paperMetadata, preparePaperObject } from './prepare-object.ts';
import { PAPER_METADATA_COLUMNS } from './preprocess-metadata.ts';
import { PHOTOMETRY_AUXILIARIES } from './preprocess-photometry.ts';
import { SPECTRUM_GRID } from './preprocess-spectrum.ts';
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

/**
 * Prepares the objects of a data set for training in the paper profile, in their order. Two passes where statistics are
 * taken from the objects, else one.
 *
 * Each becomes what `preparePaperObject()` gives; a part that cannot be used is told as a fault of the object.
 *
 * @throws PipelineError CONFIG_INVALID if the model takes spectra on another grid; as the objects' source;
 *   OUTPUT_UNUSABLE, OUTPUT_NO_SPACE; the signal's reason
 */
export async function preparePaperData(
  objects: ObjectSource,
  options: PreparePaperDataOptions,
): Promise<PreparedPaperData> {
  const { file, modalities, length, classes, signal, onFault, onProgress } = options;
  requireGrid(modalities);
  const preprocessing = options.preprocessing ?? (await statisticsOf(objects, options));
  const writer = await TensorsSetWriter.create(file, modalities);
  try {
    for await (const object of objects()) {
      signal.throwIfAborted();
      const { objectId, className, split, joined } = object;
      const onUnusable = (reason: string): void => {
        onFault({ file: objectId, row: null, reason });
      };
      const inputs = preparePaperObject(object, { length, preprocessing, onUnusable });
      await writer.append({ objectId, className, split, survey: joined.lightCurve.survey, inputs });
      onProgress?.(writer.rows);
    }
    if (writer.rows > 0) await writer.finish(classes);
    return { objects: writer.rows, preprocessing };
  } finally {
    await writer.discard();
  }
}

function requireGrid(modalities: readonly ModalityRows[]): void {
  const shape = modalities.find(({ name }) => name === 'spectra')?.inputs['spectra'];
  const samples = shape?.at(-1) ?? SPECTRUM_GRID.samples;
  if (samples === SPECTRUM_GRID.samples) return;
  throw new PipelineError(
    'CONFIG_INVALID',
    `Cannot prepare objects as model.architecture.spectra.length must be ${SPECTRUM_GRID.samples}: current value is ${samples}`,
  );
}

/** `null` of what no fitted object has: the model will not have learned what it means. */
async function statisticsOf(
  objects: ObjectSource,
  { isFitted = () => true, signal }: PreparePaperDataOptions,
): Promise<PaperPart['preprocessing']> {
  const auxiliary = new RunningStatistics(PHOTOMETRY_AUXILIARIES);
  const metadata = new RunningStatistics(PAPER_METADATA_COLUMNS.length);
  let [hasAuxiliaries, hasMetadata] = [false, false];
  for await (const object of objects()) {
    signal.throwIfAborted();
    if (!isFitted(object)) continue;
    const auxiliaries = paperAuxiliaries(object);
    if (auxiliaries !== null) {
      auxiliary.add(auxiliaries);
      hasAuxiliaries = true;
    }
    const values = paperMetadata(object);
    if (values !== null) {
      metadata.add(values);
      hasMetadata = true;
    }
  }
  return {
    photometryAuxiliary: hasAuxiliaries ? auxiliary.statistics() : null,
    metadata: hasMetadata ? metadata.statistics() : null,
  };
}
