import { open } from 'node:fs/promises';
import type { Config, DataSet } from '../../core/index.ts';
import { PipelineError, loadConfig } from '../../core/index.ts';
import {
  HEAD_BYTES,
  SURVEY_DATA_SETS,
  archiveFormat,
  listArchiveInputs,
  openSurveyDataSet,
} from '../../streams/index.ts';
import type { ArchiveInput, SurveyDataSetOptions } from '../../streams/index.ts';
import { openArchiveDataSet } from './archive-data-set.ts';
import { openStoreDataSet, storeFolderOf } from './store-data-set.ts';

export interface DataSetOptions extends SurveyDataSetOptions {
  /** Of a store or of packets: a table of `objectId`, `class` and where there `split`. */
  readonly labels?: string;
  /** Of a store or of packets: a catalogue that gives metadata by position. */
  readonly catalogue?: string;
  /** Of a store or of packets: limits, registry, schemas and survey mappings; the defaults if it is left out. */
  readonly config?: Config;
  /** Of packets: stops their reading with its reason. */
  readonly signal?: AbortSignal;
}

/** The kinds of data sets, in the order in which they are looked for. */
const DATA_SETS = [
  ...SURVEY_DATA_SETS,
  'the output folder of a replay, or its store',
  'packets: an archive, a file of them, or a folder of these',
];

/**
 * The data set at a path, whichever of the kinds of docs/data-sets.md it is.
 *
 * @param source file or folder
 * @throws PipelineError INPUT_NOT_FOUND; INPUT_UNREADABLE; DATA_SET_INVALID with the kinds there are where it is none of
 *   them, or with the column that a table lacks
 */
export async function openDataSet(source: string, options: DataSetOptions = {}): Promise<DataSet> {
  const survey = await openSurveyDataSet(source, options);
  if (survey !== null) return survey;
  const { labels = null, catalogue = null, config = loadConfig(null), signal = null } = options;
  const given = { source, labels, catalogue, config };
  const folder = await storeFolderOf(source);
  if (folder !== null) return openStoreDataSet({ ...given, folder });
  const inputs = await packetInputs(source);
  if (inputs.length > 0) return openArchiveDataSet({ ...given, inputs, signal });
  throw new PipelineError(
    'DATA_SET_INVALID',
    `Cannot use "${source}" as a data set as it is none of these: ${DATA_SETS.join('; ')}`,
  );
}

/** Files of packets; of a single file only one that begins as packets do. */
async function packetInputs(source: string): Promise<readonly ArchiveInput[]> {
  const inputs = await listArchiveInputs([source]);
  const [only] = inputs;
  if (only === undefined || only.folder !== null) return inputs;
  const handle = await open(only.file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return archiveFormat(buffer.subarray(0, bytesRead)) === 'unknown' ? [] : inputs;
  } finally {
    await handle.close();
  }
}
