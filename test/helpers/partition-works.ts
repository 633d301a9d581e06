import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Metrics, loadConfig } from '../../core/index.ts';
import type { Config, ConfigInput, Embedding, JoinedObject, ScoreRecord } from '../../core/index.ts';
import { createTopicOutputs } from '../../pipeline/index.ts';
import { Scorer } from '../../pipeline/scorer.ts';
import { RegistryOutages } from '../../pipeline/service/registry-outages.ts';
import type { SubscriptionParts } from '../../pipeline/service/subscriptions.ts';
import { Stages } from '../../pipeline/stages.ts';
import {
  createMessageDecoder,
  createMessageRecords,
  openLmdbStore,
  openSchemaRegistry,
  surveyAdapters,
} from '../../streams/index.ts';
import type { ObjectStore, OutRecord } from '../../streams/index.ts';
import { FakeClock } from './fake-clock.ts';

/** Everything that works on partitions need, with a store on the disk and an embedding that tells light curves apart. */
export class PartitionBench {
  readonly config: Config;
  readonly clock = new FakeClock();
  readonly metrics = new Metrics();
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'nightjar-partitions-'));
  #store: ObjectStore | null = null;

  constructor(config: ConfigInput) {
    this.config = loadConfig(null, config);
  }

  /** The parts of one instance, whose store is this bench's. */
  async parts(): Promise<SubscriptionParts> {
    const { config, clock, metrics } = this;
    this.#store ??= await openLmdbStore({
      mode: 'write',
      folder: path.join(this.#folder, 'store'),
      window: config.window,
      join: config.join,
    });
    const store = this.#store;
    const registry = await openSchemaRegistry({ registry: config.registry, schemasDir: null, clock });
    const scorer = new Scorer({
      embed: (objects) => Promise.resolve(objects.map(embedded)),
      detectors: { knn: { detect: ({ photometry }) => ({ score: photometry[0] ?? 0, neighbours: [] }) } },
      catalogue: null,
      release: 'bench',
      metrics,
    });
    return {
      config,
      clock,
      metrics,
      store,
      scorer,
      outputs: await createTopicOutputs({
        outputs: config.outputs,
        candidates: config.candidates,
        detectors: ['knn'],
        messageBytesMax: config.kafka.messageBytesMax,
        registry: config.registry,
      }),
      outages: new RegistryOutages(config.service, clock),
      stages: new Stages({ config, store, scorer, clock, metrics }),
      decoder: createMessageDecoder({
        decode: config.decode,
        registry,
        adapters: surveyAdapters(config.decode.mappings),
        withCutouts: false,
      }),
      records: createMessageRecords({ decode: config.decode, registry }),
    };
  }

  async close(): Promise<void> {
    await this.#store?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Depends on every flux, on the spectrum's being there, and on one field of the metadata. */
function embedded({ lightCurve, metadata, spectrum }: JoinedObject): Embedding {
  const sum = lightCurve.points.reduce((total, { fluxNjy }, i) => total + fluxNjy * (i + 1), 0);
  const vector = Float32Array.of(((sum / 1e5) % 1) + (metadata.hostRedshift ?? 0));
  return {
    mask: spectrum === null ? 'P' : 'PS',
    photometry: vector,
    spectrum: spectrum === null ? null : vector,
    metadata: null,
  };
}

/** The scores among records, without what the clock had to do with. */
export function scoresOf(records: readonly OutRecord[], topic = 'nightjar.scores'): readonly ScoreRecord[] {
  return records
    .filter((record) => record.topic === topic)
    .map(({ value }) => ({ ...(JSON.parse(value.toString()) as ScoreRecord), latencyMs: null }));
}
