import { concatMap, lastValueFrom } from 'rxjs';
import type { Clock, Config, Logger, Metrics, Result, ScoreRecord, Spectrum } from '../core/index.ts';
import { heldBytes } from '../streams/index.ts';
import type { DecodedPacket, ObjectStore } from '../streams/index.ts';
import { admit } from './admit.ts';
import type { AdmittedBatch } from './admit.ts';
import { Places, pulledBatches } from './batches.ts';
import type { Checkpoint } from './checkpoint.ts';
import { Ledger } from './ledger.ts';
import type { LedgerReport } from './ledger.ts';
import type { Lines, OutputFolder } from './output-folder.ts';
import type { RunPlan } from './run-plan.ts';
import type { Scorer } from './scorer.ts';
import { isScorable } from './subject.ts';
import type { Subject } from './subject.ts';

interface RunParts {
  readonly config: Config;
  readonly packetsMax: number | null;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { packets: number; scores: number; deadLetters: number }) => void;
  readonly output: OutputFolder;
  readonly checkpoint: Checkpoint | null;
  readonly plan: RunPlan;
  readonly store: ObjectStore;
  readonly scorer: Scorer;
  /** The paths that the user named: the ledger's sources. */
  readonly paths: readonly string[];
}

/** One call of a replay: takes spectra, then packets, and commits batch by batch. */
export class Run {
  readonly #parts: RunParts;
  readonly #ledger: Ledger;
  #packetsDone: number;
  #spectraDone: number;
  #scores = 0;
  readonly #spectra = { taken: 0, rejected: 0 };

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#ledger = parts.checkpoint === null ? new Ledger() : Ledger.from(parts.checkpoint.ledger);
    this.#packetsDone = parts.plan.packetsDone;
    this.#spectraDone = parts.checkpoint?.spectra ?? 0;
  }

  /** Keeps each spectrum, and scores again the objects that it joins, unless an earlier call has committed that. */
  async takeSpectra(spectra: AsyncIterable<Result<Spectrum>>): Promise<void> {
    const { store, config, metrics, logger } = this.#parts;
    let subjects: Subject[] = [];
    let last = this.#spectraDone;
    const flush = async (): Promise<void> => {
      const scores = await this.#parts.scorer.score(subjects);
      this.#spectraDone = last;
      await this.#commit({ scores });
      subjects = [];
    };
    for await (const result of spectra) {
      metrics.count('nightjar_join_spectra_total', { result: result.ok ? 'taken' : 'rejected' });
      if (!result.ok) {
        this.#spectra.rejected++;
        logger.warn(result.rejection, 'Spectrum rejected');
        continue;
      }
      this.#spectra.taken++;
      const { sequence, outcomes } = await store.putSpectrum(result.value);
      if (sequence <= this.#spectraDone) continue;
      last = sequence;
      for (const { view, newestAlert } of outcomes) {
        if (!isScorable(view, config.window.pointsMin)) continue;
        const source = { file: result.value.spectrumId, index: 0 };
        subjects.push({ view, cause: 'spectrum', alert: newestAlert, source });
      }
      if (subjects.length >= config.pipeline.batchPackets) await flush();
    }
    if (last > this.#spectraDone) await flush();
  }

  /**
   * Takes packets to their end, the limit, or the signal: merge, embed and score, emit, one stage per batch at a time, the
   * batches overlapping up to the limit in flight.
   *
   * @returns true if the packets ended by themselves
   */
  async takePackets(packets: AsyncIterable<DecodedPacket>): Promise<boolean> {
    const { config, metrics, store, scorer } = this.#parts;
    const { batchPackets, batchBytesMax, batchesInFlightMax } = config.pipeline;
    const places = new Places(batchesInFlightMax);
    const limits = { size: batchPackets, bytesMax: batchBytesMax, bytesOf: heldBytes, places };
    const taken = this.#limited(packets);
    const underWay = new Set<Promise<unknown>>();
    const stage = <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const promise = this.#timed(name, work);
      underWay.add(promise);
      return promise.finally(() => underWay.delete(promise));
    };
    const run = pulledBatches(taken.packets, limits).pipe(
      concatMap((batch) =>
        stage('window', async () => ({
          batch,
          admitted: await admit(batch, { store, metrics, pointsMin: config.window.pointsMin }),
        })),
      ),
      concatMap(({ batch, admitted }) =>
        stage('model', async () => ({ batch, admitted, scores: await scorer.score(admitted.subjects) })),
      ),
      concatMap((scored) =>
        stage('emit', async () => {
          await this.#emit(scored);
          places.release();
        }),
      ),
    );
    try {
      await lastValueFrom(run, { defaultValue: undefined });
    } finally {
      await Promise.allSettled(underWay);
      await taken.packets.return(undefined);
    }
    return taken.reachedEnd();
  }

  /** Closes the ledger; the folder then says that its inputs are finished, if they are. */
  async close(
    isComplete: boolean,
  ): Promise<{ ledger: LedgerReport; spectra: { taken: number; rejected: number } }> {
    const { output, plan } = this.#parts;
    if (isComplete) await output.commit({ finishedInputs: plan.inputs }, this.#progress(true));
    const ledger = this.#ledger.report();
    await output.writeJson('ledger.json', ledger);
    this.#ledger.assertBalanced();
    return { ledger, spectra: this.#spectra };
  }

  /** The packets that are left to this call: without those that an earlier one committed, up to the limit or the signal. */
  #limited(packets: AsyncIterable<DecodedPacket>): {
    packets: AsyncGenerator<DecodedPacket, void, undefined>;
    reachedEnd: () => boolean;
  } {
    const { packetsMax, signal, plan } = this.#parts;
    let reachedEnd = false;
    async function* left(): AsyncGenerator<DecodedPacket, void, undefined> {
      let skipped = 0;
      let given = 0;
      try {
        for await (const packet of packets) {
          if (signal.aborted) return;
          if (skipped < plan.packetsDone) {
            skipped++;
            continue;
          }
          if (packetsMax !== null && given >= packetsMax) return;
          given++;
          yield packet;
        }
        reachedEnd = !signal.aborted;
      } catch (error) {
        // A source that waits for its packets' time ends with the signal's reason.
        if (!signal.aborted) throw error;
      }
    }
    return { packets: left(), reachedEnd: () => reachedEnd };
  }

  async #emit(scored: {
    readonly batch: readonly DecodedPacket[];
    readonly admitted: AdmittedBatch;
    readonly scores: readonly ScoreRecord[];
  }): Promise<void> {
    const { metrics, onProgress } = this.#parts;
    const { batch, admitted, scores } = scored;
    for (const packet of batch) this.#ledger.consumed(this.#sourceOf(packet));
    for (const { packet, outcome } of admitted.endings) {
      this.#ledger.ended(this.#sourceOf(packet), outcome);
      metrics.count('nightjar_pipeline_packets_total', { outcome });
    }
    this.#packetsDone += batch.length;
    await this.#commit({ scores, deadLetters: admitted.deadLetters, tooLate: admitted.tooLate });
    metrics.count('nightjar_pipeline_consumed_packets_total', null, batch.length);
    metrics.gauge('nightjar_process_resident_memory_bytes', null, process.memoryUsage.rss());
    const { total } = this.#ledger.report();
    onProgress({ packets: total.consumed, scores: this.#scores, deadLetters: total.deadLettered });
  }

  async #commit(lines: Lines): Promise<void> {
    await this.#parts.output.commit(lines, this.#progress(false));
    this.#scores += lines.scores?.length ?? 0;
  }

  #progress(isComplete: boolean): Omit<Checkpoint, 'bytes'> {
    const { inputsSha256, settingsSha256 } = this.#parts.plan;
    return {
      formatVersion: 1,
      settingsSha256,
      current: isComplete ? null : { inputsSha256, packets: this.#packetsDone },
      spectra: this.#spectraDone,
      ledger: this.#ledger.report() as Checkpoint['ledger'],
    };
  }

  async #timed<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const { clock, metrics } = this.#parts;
    const startMs = clock.monotonicMs();
    const result = await work();
    metrics.observe(
      'nightjar_pipeline_batch_duration_seconds',
      { stage },
      (clock.monotonicMs() - startMs) / 1000,
    );
    return result;
  }

  /** The ledger's name of a packet's source: the path that the user named, or the topic's partition. */
  #sourceOf({ source }: DecodedPacket): string {
    if ('topic' in source) return `${source.topic}/${source.partition}`;
    const { file } = source;
    return this.#parts.paths.find((named) => file === named || file.startsWith(`${named}/`)) ?? file;
  }
}
