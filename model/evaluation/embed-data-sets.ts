import type { DataFault, DataSet, DataSetObject, DataSplit } from '../../core/index.ts';
import type { EncodedObject, ObjectEncoder } from '../object-encoder.ts';
import { EMBEDDED_MODALITIES, type EmbeddedModality, type EmbeddedObjects } from './embedded-objects.ts';

export interface EmbedDataSetsOptions {
  readonly dataSets: readonly DataSet[];
  readonly encoder: ObjectEncoder;
  /** Objects of this survey only, in any case of letters; all by default. */
  readonly survey?: string;
  /** Objects kept at most, in the order in which they come. */
  readonly objectsMax?: number;
  readonly signal?: AbortSignal;
  readonly onFault: (fault: DataFault) => void;
  /** @param embedded objects so far */
  readonly onProgress?: (embedded: number) => void;
}

export interface EmbeddedDataSets {
  readonly objects: EmbeddedObjects;
  /** True where there were more objects than are kept. */
  readonly isCut: boolean;
}

/** Embeddings are held in memory: 100,000 objects of 3 × 512 numbers and 200 features take 700 MB. */
export const EVALUATION_OBJECTS_MAX = 100_000;
/** Objects that are encoded together: enough for all workers. */
const BATCH_OBJECTS = 256;

/**
 * Embeds the objects of data sets, read as a stream; only the embeddings stay. An object whose id came before, in the same
 * or another data set, is a fault.
 *
 * @throws PipelineError INPUT_UNREADABLE, INFERENCE_FAILED; the signal's reason if it aborts
 */
export async function embedDataSets(options: EmbedDataSetsOptions): Promise<EmbeddedDataSets> {
  const { encoder, objectsMax = EVALUATION_OBJECTS_MAX, signal, onProgress } = options;
  const columns = new EmbeddedColumns(encoder.dimensions, encoder.featureNames?.length ?? null);
  let batch: DataSetObject[] = [];
  let isCut = false;
  const flush = async (): Promise<void> => {
    signal?.throwIfAborted();
    const encoded = await encoder.encode(batch, signal);
    batch.forEach((object, i) => {
      columns.add(object, encoded[i]!);
    });
    batch = [];
    onProgress?.(columns.count);
  };
  for await (const object of wantedObjects(options)) {
    if (columns.count + batch.length === objectsMax) {
      isCut = true;
      break;
    }
    batch.push(object);
    if (batch.length === BATCH_OBJECTS) await flush();
  }
  if (batch.length > 0) await flush();
  return { objects: columns.finished(), isCut };
}

async function* wantedObjects({
  dataSets,
  survey,
  onFault,
}: EmbedDataSetsOptions): AsyncGenerator<DataSetObject> {
  const seen = new Set<string>();
  const wanted = survey?.toLowerCase();
  for (const dataSet of dataSets) {
    for await (const object of dataSet.objects(onFault)) {
      if (wanted !== undefined && object.joined.lightCurve.survey.toLowerCase() !== wanted) continue;
      if (seen.has(object.objectId)) {
        onFault({ file: dataSet.source, row: null, reason: `object "${object.objectId}" came before` });
        continue;
      }
      seen.add(object.objectId);
      yield object;
    }
  }
}

/** Columns that grow as objects come. */
class EmbeddedColumns {
  readonly #dimensions: number;
  readonly #features: number | null;
  readonly #ids: string[] = [];
  readonly #classNames: (string | null)[] = [];
  readonly #surveys: string[] = [];
  readonly #splits: (DataSplit | null)[] = [];
  readonly #encoded: EncodedObject[] = [];

  constructor(dimensions: number, features: number | null) {
    this.#dimensions = dimensions;
    this.#features = features;
  }

  get count(): number {
    return this.#ids.length;
  }

  add(object: DataSetObject, encoded: EncodedObject): void {
    this.#ids.push(object.objectId);
    this.#classNames.push(object.className);
    this.#surveys.push(object.joined.lightCurve.survey);
    this.#splits.push(object.split);
    this.#encoded.push(encoded);
  }

  finished(): EmbeddedObjects {
    const byModality = <T>(of: (modality: EmbeddedModality) => T): Record<EmbeddedModality, T> => ({
      photometry: of('photometry'),
      spectra: of('spectra'),
      metadata: of('metadata'),
    });
    const width = this.#features;
    return {
      ids: this.#ids,
      classNames: this.#classNames,
      surveys: this.#surveys,
      splits: this.#splits,
      dimensions: this.#dimensions,
      vectors: byModality((modality) => this.#stacked((encoded) => encoded[modality], this.#dimensions)),
      present: byModality((modality) =>
        Uint8Array.from(this.#encoded, (encoded) => Number(encoded[modality] !== null)),
      ),
      features:
        width === null ? null : { width, data: this.#stacked(({ features }) => features, width, NaN) },
    };
  }

  #stacked(of: (encoded: EncodedObject) => Float32Array | null, width: number, missing = 0): Float32Array {
    const data = new Float32Array(this.count * width).fill(missing);
    this.#encoded.forEach((encoded, row) => {
      const own = of(encoded);
      if (own !== null) data.set(own, row * width);
    });
    return data;
  }
}

/** How many objects have each modality. */
export function modalityCounts({ present }: EmbeddedObjects): Readonly<Record<EmbeddedModality, number>> {
  const count = (modality: EmbeddedModality): number =>
    present[modality].reduce((sum, flag) => sum + flag, 0);
  const [photometry, spectra, metadata] = EMBEDDED_MODALITIES.map(count);
  return { photometry: photometry ?? 0, spectra: spectra ?? 0, metadata: metadata ?? 0 };
}
