import { concatMap, lastValueFrom } from 'rxjs';
import type { Clock, Config, Metrics, ScoreRecord } from '../core/index.ts';
import type { DecodedPacket, ObjectStore } from '../streams/index.ts';
import { admit } from './admit.ts';
import type { AdmittedBatch } from './admit.ts';
import { Places, pulledBatches } from './batches.ts';
import type { Scorer } from './scorer.ts';

/** Packets that go through the stages together; what else its source wants to know at the end is its own. */
export interface PacketBatch {
  readonly packets: readonly DecodedPacket[];
}

/** A batch whose packets have all been decided on, and the scores that they gave. */
export interface ScoredBatch<B extends PacketBatch> {
  readonly batch: B;
  readonly admitted: AdmittedBatch;
  readonly scores: readonly ScoreRecord[];
}

interface StagesParts {
  readonly config: Pick<Config, 'pipeline' | 'window'>;
  readonly store: ObjectStore;
  readonly scorer: Scorer;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/**
 * Window, model and emit, in order: one batch of a source is in a stage at a time, its batches overlap, and the batches of
 * all sources together, with those of work that goes another way, have `pipeline.batchesInFlightMax` places.
 */
export class Stages {
  readonly #parts: StagesParts;
  readonly #places: Places;
  #batchesInFlight = 0;

  constructor(parts: StagesParts) {
    this.#parts = parts;
    this.#places = new Places(parts.config.pipeline.batchesInFlightMax);
  }

  /**
   * Takes one source's batches through the stages until it has no more, or one of them fails; then nothing of them is
   * under way. Where a pull fails, the batches before it are brought to their end first.
   *
   * @param source.pull the next batch, which has to ask for its place before it takes anything that needs memory; `null`
   *   at the end
   * @param source.emit the end of a batch, in the order in which the batches came
   */
  async run<B extends PacketBatch>(source: {
    readonly pull: (place: () => Promise<void>) => Promise<B | null>;
    readonly emit: (scored: ScoredBatch<B>) => Promise<void>;
  }): Promise<void> {
    const held = new HeldPlaces(this.#places);
    const underWay = new Set<Promise<unknown>>();
    const stage = <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const promise = this.timed(name, work);
      underWay.add(promise);
      return promise.finally(() => underWay.delete(promise));
    };
    let failure: { readonly error: unknown } | null = null;
    const pull = async (): Promise<B | null> => {
      try {
        const batch = await held.during(source.pull);
        if (batch !== null) this.#countInFlight(1);
        return batch;
      } catch (error) {
        failure = { error };
        return null;
      }
    };
    const failed = (): typeof failure => failure;
    const run = pulledBatches(pull).pipe(
      concatMap((batch) => stage('window', async () => ({ batch, admitted: await this.#admit(batch) }))),
      concatMap(({ batch, admitted }) =>
        stage('model', async () => {
          return { batch, admitted, scores: await this.#parts.scorer.score(admitted.subjects) };
        }),
      ),
      concatMap((scored) =>
        stage('emit', async () => {
          await source.emit(scored);
          this.#countInFlight(-1);
          held.giveBack();
        }),
      ),
    );
    try {
      await lastValueFrom(run, { defaultValue: undefined });
    } finally {
      await Promise.allSettled(underWay);
      this.#countInFlight(-held.batches);
      held.close();
    }
    const pulled = failed();
    if (pulled !== null) throw pulled.error;
  }

  /** Work on one batch that does not go through the stages, and waits for a place among those that do. */
  async inPlace<T>(work: () => Promise<T>): Promise<T> {
    await this.#places.acquire();
    this.#countInFlight(1);
    try {
      return await work();
    } finally {
      this.#countInFlight(-1);
      this.#places.release();
    }
  }

  /** Work whose time is observed under the name of a stage. */
  async timed<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const { clock, metrics } = this.#parts;
    const startMs = clock.monotonicMs();
    const result = await work();
    const seconds = (clock.monotonicMs() - startMs) / 1000;
    metrics.observe('nightjar_pipeline_batch_duration_seconds', { stage }, seconds);
    return result;
  }

  async #admit({ packets }: PacketBatch): Promise<AdmittedBatch> {
    const { store, metrics, config } = this.#parts;
    metrics.count('nightjar_pipeline_consumed_packets_total', null, packets.length);
    metrics.gauge('nightjar_process_resident_memory_bytes', null, process.memoryUsage.rss());
    return await admit(packets, { store, metrics, pointsMin: config.window.pointsMin });
  }

  #countInFlight(change: number): void {
    this.#batchesInFlight += change;
    this.#parts.metrics.gauge('nightjar_pipeline_batches_in_flight', null, this.#batchesInFlight);
  }
}

/** The places that one source has taken, all of which are given back when it is closed, however it ended. */
class HeldPlaces {
  readonly #places: Places;
  #count = 0;
  #isClosed = false;
  /** Batches that have come out of their pull and are not through yet. */
  batches = 0;

  constructor(places: Places) {
    this.#places = places;
  }

  /** One pull, with the place that it asks for; none is kept where it gave no batch. */
  async during<B>(pull: (place: () => Promise<void>) => Promise<B | null>): Promise<B | null> {
    const taken = { place: false };
    const place = async (): Promise<void> => {
      await this.#places.acquire();
      if (this.#isClosed) this.#places.release();
      else {
        taken.place = true;
        this.#count++;
      }
    };
    let batch: B | null = null;
    try {
      batch = await pull(place);
    } finally {
      if (batch === null && taken.place && !this.#isClosed) this.#release();
    }
    if (batch === null || this.#isClosed) return null;
    this.batches++;
    return batch;
  }

  giveBack(): void {
    this.batches--;
    this.#release();
  }

  close(): void {
    this.#isClosed = true;
    while (this.#count > 0) this.#release();
  }

  #release(): void {
    this.#count--;
    this.#places.release();
  }
}
