import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config, DataFault, DataSet, DataSetObject, SourcePosition } from '../../core/index.ts';
import {
  createPacketDecoder,
  heldBytes,
  openCatalogue,
  openLmdbStore,
  openSchemaRegistry,
  readArchives,
  readLabels,
  readSpectra,
  surveyAdapters,
} from '../../streams/index.ts';
import type { ArchiveInput, Catalogue, Label, ObjectStore } from '../../streams/index.ts';
import { nextItems } from '../batches.ts';
import { storeObjects } from './store-objects.ts';

/** Faults that are remembered of packets and spectra; the number of the others is told in one. */
const FAULTS_MAX = 10_000;

export interface ArchiveDataSetOptions {
  /** As the user named it. */
  readonly source: string;
  readonly inputs: readonly ArchiveInput[];
  /** A table that `readLabels` reads; `null` for the truth beside the packets, if it is there. */
  readonly labels: string | null;
  /** A table that gives metadata by position; `null` for the catalogue beside the packets, if it is there. */
  readonly catalogue: string | null;
  /** Limits, registry, schemas and survey mappings. */
  readonly config: Config;
  /** Stops the reading of packets with its reason. */
  readonly signal: AbortSignal | null;
}

/**
 * The objects of archived packets as a replay has them after the last one, with what lies beside the archive under the
 * simulator's names: labels (`.truth.csv`), a catalogue (`.catalogue.csv`), spectra (`.spectra`) and writer schemas
 * (`.schemas`). The packets are merged when the objects are first asked for, into a store in a temporary folder that is
 * removed at the end; what is wrong with packets is told each time.
 *
 * @throws PipelineError from opening labels, catalogue or schemas
 */
export async function openArchiveDataSet(options: ArchiveDataSetOptions): Promise<DataSet> {
  const { source, config } = options;
  const beside = await besideArchive(source);
  const labelsFile = options.labels ?? beside.truth;
  const labels: ReadonlyMap<string, Label> = labelsFile === null ? new Map() : await readLabels(labelsFile);
  const catalogueFile = options.catalogue ?? beside.catalogue;
  const catalogue =
    catalogueFile === null ? null : await openCatalogue({ file: catalogueFile, join: config.join });
  const merged = new MergedPackets({ ...options, beside });
  return {
    source,
    objects: (onFault) => merged.objects({ labels, catalogue, onFault }),
    close: () => merged.close(),
  };
}

interface Beside {
  readonly truth: string | null;
  readonly catalogue: string | null;
  readonly spectra: string | null;
  readonly schemas: string | null;
}

/** What lies beside an archive, named as it is without its ending. */
async function besideArchive(source: string): Promise<Beside> {
  const stem = path
    .normalize(source)
    .replace(/[/\\]$/, '')
    .replace(/\.(?:tar\.gz|tgz|tar|avro|gz)$/, '');
  const found = async (ending: string): Promise<string | null> =>
    (await stat(`${stem}${ending}`).catch(() => null)) === null ? null : `${stem}${ending}`;
  return {
    truth: await found('.truth.csv'),
    catalogue: await found('.catalogue.csv'),
    spectra: await found('.spectra'),
    schemas: await found('.schemas'),
  };
}

interface MergeOptions extends ArchiveDataSetOptions {
  readonly beside: Beside;
}

/** The packets' store, made when it is first wanted. */
class MergedPackets {
  readonly #options: MergeOptions;
  readonly #faults: DataFault[] = [];
  #faultsBeyond = 0;
  #store: Promise<ObjectStore> | null = null;
  #folder: string | null = null;

  constructor(options: MergeOptions) {
    this.#options = options;
  }

  async *objects(context: {
    readonly labels: ReadonlyMap<string, Label>;
    readonly catalogue: Catalogue | null;
    readonly onFault: (fault: DataFault) => void;
  }): AsyncGenerator<DataSetObject> {
    this.#store ??= this.#merge();
    const store = await this.#store;
    this.#faults.forEach(context.onFault);
    if (this.#faultsBeyond > 0) {
      const reason = `${this.#faultsBeyond} more packets or spectra cannot be read`;
      context.onFault({ file: this.#options.source, row: null, reason });
    }
    yield* storeObjects(store, context);
  }

  async close(): Promise<void> {
    // A merge that failed has told so to the one who asked for objects.
    const store = await this.#store?.catch(() => null);
    await store?.close();
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
  }

  async #merge(): Promise<ObjectStore> {
    const { config, beside } = this.#options;
    this.#folder = await mkdtemp(path.join(tmpdir(), 'nightjar-data-set-'));
    const store = await openLmdbStore({
      mode: 'write',
      folder: this.#folder,
      window: config.window,
      join: config.join,
    });
    try {
      if (beside.spectra !== null) await this.#takeSpectra(store, beside.spectra);
      await this.#takePackets(store);
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async #takeSpectra(store: ObjectStore, folder: string): Promise<void> {
    for await (const record of readSpectra(folder, this.#options.config.join)) {
      if (record.ok) await store.putSpectrum(record.value, null);
      else
        this.#fault({ file: record.source.file, row: record.source.index, reason: record.rejection.reason });
    }
  }

  async #takePackets(store: ObjectStore): Promise<void> {
    const { config, beside, inputs, signal } = this.#options;
    const registry = await openSchemaRegistry({
      registry: config.registry,
      schemasDir: config.decode.schemasDir ?? beside.schemas,
    });
    const adapters = surveyAdapters(config.decode.mappings);
    const decoder = createPacketDecoder({ decode: config.decode, registry, adapters, withCutouts: false });
    const packets = readArchives(inputs, {
      decoder,
      archive: config.archive,
      ...(signal === null ? {} : { signal }),
    });
    const limits = {
      size: config.pipeline.batchPackets,
      bytesMax: config.pipeline.batchBytesMax,
      bytesOf: heldBytes,
    };
    try {
      for (;;) {
        const batch = await nextItems(packets, limits);
        if (batch.length === 0) return;
        const alerts = batch.flatMap(({ result }) => (result.ok ? [result.value] : []));
        const outcomes = (await store.merge(alerts)).values();
        for (const { result, source } of batch) {
          const outcome = result.ok ? outcomes.next().value : undefined;
          if (!result.ok) this.#fault(faultAt(source, result.rejection.reason));
          else if (outcome?.kind === 'tooLate') this.#fault(faultAt(source, outcome.reason));
        }
      }
    } finally {
      await packets.return(undefined);
    }
  }

  #fault(fault: DataFault): void {
    if (this.#faults.length < FAULTS_MAX) this.#faults.push(fault);
    else this.#faultsBeyond++;
  }
}

function faultAt(source: SourcePosition, reason: string): DataFault {
  if (!('file' in source)) return { file: source.topic, row: null, reason };
  const { file, member, index } = source;
  return { file: member === undefined ? file : `${file}!${member}`, row: index, reason };
}
