import { accepted, rejected, systemClock } from '../../core/index.ts';
import type { Clock, Config, Metrics, Rejection, Result } from '../../core/index.ts';
import type { SchemaDocument } from '../avro/schema-nodes.ts';
import { HttpRegistry, schemaDocument } from './http-registry.ts';
import type { FetchedSchema } from './http-registry.ts';
import { SchemaDiskCache } from './schema-disk-cache.ts';
import { openSchemaFolder } from './schema-folder.ts';
import type { SchemaLayer, SchemaLookup } from './schema-layer.ts';

/** Writers' schemas by Confluent schema id. */
export interface SchemaSource {
  /**
   * The schema that an id names, and no other. What is nowhere is SCHEMA_ID_UNKNOWN, with where was looked;
   * where the registry did not answer, so that it may have it, REGISTRY_UNREACHABLE. The same document is
   * given for the same id while it is remembered.
   */
  schema(wireId: number): Promise<Result<SchemaDocument>>;
}

export interface SchemaRegistryOptions {
  readonly registry: Config['registry'];
  /** Folder of writers' schemas, or `null`. */
  readonly schemasDir: string | null;
  readonly clock?: Clock;
  readonly metrics?: Metrics;
}

/**
 * Writers' schemas: remembered, from the folder of fetched ones, from the registry, from the folder of
 * schemas, in this order. A registry that is down stops no id that is known elsewhere; it, and an id that was
 * not found, is asked for again after `registry.retryMs`.
 *
 * @throws PipelineError INPUT_NOT_FOUND if `schemasDir` is not there, INPUT_UNREADABLE if it cannot be read
 */
export async function openSchemaRegistry(options: SchemaRegistryOptions): Promise<SchemaSource> {
  const { registry, schemasDir, clock = systemClock, metrics } = options;
  const layers: SchemaLayer[] = [];
  if (registry.url !== null)
    layers.push(new RegistryLayer({ ...registry, url: registry.url }, clock, metrics));
  if (schemasDir !== null) layers.push(await openSchemaFolder(schemasDir));
  return new LayeredSource(layers, registry, clock);
}

/** The registry with its folder of fetched schemas. */
class RegistryLayer implements SchemaLayer {
  readonly #registry: HttpRegistry;
  readonly #disk: SchemaDiskCache | null;
  readonly #retryMs: number;
  readonly #clock: Clock;
  readonly #metrics: Metrics | undefined;
  #down: { readonly untilMs: number; readonly why: string } | null = null;

  constructor(
    config: Config['registry'] & { readonly url: string },
    clock: Clock,
    metrics: Metrics | undefined,
  ) {
    this.#registry = new HttpRegistry(config.url, config.timeoutMs);
    this.#disk =
      config.cacheDir === null ? null : new SchemaDiskCache(config.cacheDir, this.#registry.address);
    this.#retryMs = config.retryMs;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  async find(wireId: number): Promise<SchemaLookup> {
    const kept = (await this.#disk?.get(wireId)) ?? null;
    if (kept !== null) return found(kept);
    const nowMs = this.#clock.monotonicMs();
    if (this.#down !== null && nowMs < this.#down.untilMs)
      return this.#notFound('unreachable', this.#down.why);
    const answer = await this.#registry.fetchSchema(wireId);
    this.#metrics?.count('nightjar_registry_requests_total', { result: answer.kind });
    this.#down = answer.kind === 'failed' ? { untilMs: nowMs + this.#retryMs, why: answer.why } : null;
    if (answer.kind === 'failed') return this.#notFound('unreachable', answer.why);
    if (answer.kind === 'unknown') return this.#notFound('absent', answer.why);
    await this.#disk?.put(wireId, answer.schema);
    return found(answer.schema);
  }

  #notFound(kind: 'absent' | 'unreachable', why: string): SchemaLookup {
    return { kind, where: `registry "${this.#registry.address}": ${why}` };
  }
}

function found(fetched: FetchedSchema): SchemaLookup {
  const document = schemaDocument(fetched);
  return document.ok
    ? { kind: 'found', document: document.value }
    : { kind: 'invalid', rejection: document.rejection };
}

class LayeredSource implements SchemaSource {
  readonly #layers: readonly SchemaLayer[];
  readonly #config: Config['registry'];
  readonly #clock: Clock;
  readonly #known = new Map<number, SchemaDocument>();
  readonly #refused = new Map<number, { readonly untilMs: number; readonly rejection: Rejection }>();
  readonly #pending = new Map<number, Promise<Result<SchemaDocument>>>();

  constructor(layers: readonly SchemaLayer[], config: Config['registry'], clock: Clock) {
    this.#layers = layers;
    this.#config = config;
    this.#clock = clock;
  }

  async schema(wireId: number): Promise<Result<SchemaDocument>> {
    const known = this.#known.get(wireId);
    if (known !== undefined) return accepted(known);
    const refused = this.#refused.get(wireId);
    if (refused !== undefined && this.#clock.monotonicMs() < refused.untilMs) {
      return { ok: false, rejection: refused.rejection };
    }
    const pending = this.#pending.get(wireId) ?? this.#find(wireId);
    this.#pending.set(wireId, pending);
    try {
      return await pending;
    } finally {
      this.#pending.delete(wireId);
    }
  }

  async #find(wireId: number): Promise<Result<SchemaDocument>> {
    const looked: string[] = [];
    let isUnreachable = false;
    for (const layer of this.#layers) {
      const lookup = await layer.find(wireId);
      if (lookup.kind === 'found') {
        remember(this.#known, { key: wireId, value: lookup.document, max: this.#config.schemasMax });
        return accepted(lookup.document);
      }
      if (lookup.kind === 'invalid') return this.#refuse(wireId, lookup.rejection);
      isUnreachable ||= lookup.kind === 'unreachable';
      looked.push(lookup.where);
    }
    const where = looked.length === 0 ? 'no registry and no folder of schemas is given' : looked.join('; ');
    const result = rejected(
      isUnreachable ? 'REGISTRY_UNREACHABLE' : 'SCHEMA_ID_UNKNOWN',
      `Cannot find the writer's schema by its id ${wireId}: ${where}`,
    );
    return this.#refuse(wireId, result.rejection);
  }

  #refuse(wireId: number, rejection: Rejection): Result<never> {
    const untilMs = this.#clock.monotonicMs() + this.#config.retryMs;
    remember(this.#refused, { key: wireId, value: { untilMs, rejection }, max: this.#config.schemasMax });
    return { ok: false, rejection };
  }
}

/** Adds to a map that forgets its oldest entries above a limit. */
function remember<V>(
  map: Map<number, V>,
  entry: { readonly key: number; readonly value: V; readonly max: number },
): void {
  map.delete(entry.key);
  map.set(entry.key, entry.value);
  for (const key of map.keys()) {
    if (map.size <= entry.max) break;
    map.delete(key);
  }
}
