import type { Config, Logger, Metrics } from '../../core/index.ts';
import { heldBytes } from '../../streams/index.ts';
import type { DecodedPacket, ObjectStore, SpectrumRecord } from '../../streams/index.ts';
import { nextItems } from '../batches.ts';
import { deadLetterLine } from '../dead-letter.ts';
import type { Checkpoint } from './checkpoint.ts';
import { Ledger } from '../ledger.ts';
import type { LedgerReport } from '../ledger.ts';
import { NumbersDone } from './numbers-done.ts';
import type { Lines, OutputFolder } from './output-folder.ts';
import type { RunPlan } from './run-plan.ts';
import type { Scorer } from '../scorer.ts';
import type { PacketBatch, ScoredBatch, Stages } from '../stages.ts';
import { isScorable } from '../subject.ts';
import type { Subject } from '../subject.ts';

interface RunParts {
  readonly config: Config;
  readonly packetsMax: number | null;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { packets: number; scores: number; deadLetters: number }) => void;
  readonly output: OutputFolder;
  readonly checkpoint: Checkpoint | null;
  readonly plan: RunPlan;
  readonly store: ObjectStore;
  readonly scorer: Scorer;
  readonly stages: Stages;
}

/** One call of a replay: begins, takes spectra, then packets, and commits batch by batch. */
export class Run {
  readonly #parts: RunParts;
  readonly #ledger: Ledger;
  /** The ledger's name of each file's packets: the path that the user named. */
  readonly #sources: ReadonlyMap<string, string>;
  readonly #spectraDone: NumbersDone;
  readonly #spectra = { taken: 0, rejected: 0 };
  #packetsDone: number;
  /** Of this call alone. */
  readonly #progressed = { packets: 0, scores: 0, deadLetters: 0 };

  constructor(parts: RunParts) {
    const { checkpoint, plan } = parts;
    this.#parts = parts;
    this.#ledger = checkpoint === null ? new Ledger() : Ledger.from(checkpoint.ledger);
    this.#sources = new Map(plan.inputs.map(({ file, folder }) => [file, folder ?? file]));
    this.#packetsDone = plan.packetsDone;
    this.#spectraDone = new NumbersDone(checkpoint?.spectra ?? { upTo: 0, beyond: [] });
  }

  /** Leaves in the folder what this call is about before the store learns anything of it. */
  async begin(): Promise<void> {
    await this.#commit({});
  }

  /**
   * Keeps each spectrum, and scores again the objects that it joins, unless an earlier call has committed that. Stops
   * early at the signal.
   */
  async takeSpectra(spectra: AsyncIterable<SpectrumRecord>): Promise<void> {
    const { store, config, logger, signal } = this.#parts;
    let subjects: Subject[] = [];
    let numbers: number[] = [];
    const flush = async (): Promise<void> => {
      const scores = await this.#parts.scorer.score(subjects);
      for (const number of numbers) this.#spectraDone.add(number);
      await this.#commit({ scores });
      subjects = [];
      numbers = [];
    };
    for await (const result of spectra) {
      if (signal.aborted) break;
      this.#countSpectrum(result.ok);
      if (!result.ok) {
        logger.warn(result.rejection, 'Spectrum rejected');
        continue;
      }
      const { sequence, outcomes } = await store.putSpectrum(result.value, null);
      if (this.#spectraDone.has(sequence)) continue;
      numbers.push(sequence);
      for (const { view, newestAlert } of outcomes) {
        if (!isScorable(view, config.window.pointsMin)) continue;
        subjects.push({ view, cause: 'spectrum', alert: newestAlert, source: result.source });
      }
      if (numbers.length >= config.pipeline.batchPackets) await flush();
    }
    if (numbers.length > 0) await flush();
    if (!signal.aborted) this.#spectraDone.closeGaps();
  }

  /**
   * Takes packets to their end, the limit, or the signal: merge, embed and score, emit, one stage per batch at a time, the
   * batches overlapping up to the limit in flight.
   *
   * @param packetsUntil gives the packets; its signal ends a wait for a packet's time
   * @returns true if the packets ended by themselves
   */
  async takePackets(packetsUntil: (signal: AbortSignal) => AsyncIterable<DecodedPacket>): Promise<boolean> {
    const { config, stages, signal } = this.#parts;
    const limits = {
      size: config.pipeline.batchPackets,
      bytesMax: config.pipeline.batchBytesMax,
      bytesOf: heldBytes,
    };
    const failed = new AbortController();
    const taken = this.#limited(packetsUntil(AbortSignal.any([signal, failed.signal])));
    try {
      await stages.run({
        pull: async (place) => {
          await place();
          const packets = await nextItems(taken.packets, limits);
          return packets.length === 0 ? null : { packets };
        },
        emit: (scored) => this.#emit(scored),
      });
    } finally {
      failed.abort();
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

  async #emit(scored: ScoredBatch<PacketBatch>): Promise<void> {
    const { metrics, onProgress } = this.#parts;
    const { admitted, scores } = scored;
    const { packets } = scored.batch;
    for (const packet of packets) this.#ledger.consumed(this.#sourceOf(packet));
    for (const { packet, outcome } of admitted.endings) this.#ledger.ended(this.#sourceOf(packet), outcome);
    this.#packetsDone += packets.length;
    await this.#commit({
      scores,
      deadLetters: admitted.deadLetters.map(deadLetterLine),
      tooLate: admitted.tooLate.map(deadLetterLine),
    });
    for (const { outcome } of admitted.endings) metrics.count('nightjar_pipeline_packets_total', { outcome });
    this.#progressed.packets += packets.length;
    this.#progressed.deadLetters += admitted.deadLetters.length;
    onProgress(this.#progressed);
  }

  async #commit(lines: Lines): Promise<void> {
    await this.#parts.output.commit(lines, this.#progress(false));
    this.#progressed.scores += lines.scores?.length ?? 0;
  }

  #countSpectrum(isTaken: boolean): void {
    const result = isTaken ? 'taken' : 'rejected';
    this.#spectra[result]++;
    this.#parts.metrics.count('nightjar_join_records_total', { kind: 'spectrum', result });
  }

  #progress(isComplete: boolean): Omit<Checkpoint, 'bytes'> {
    const { inputsSha256, settingsSha256 } = this.#parts.plan;
    return {
      formatVersion: 2,
      settingsSha256,
      current: isComplete ? null : { inputsSha256, packets: this.#packetsDone },
      spectra: this.#spectraDone.report(),
      ledger: this.#ledger.report(),
    };
  }

  /**
   * The ledger's name of where a packet was read: the path that the user named, the topic's partition, or for a dead
   * letter that is tried again the file of letters.
   */
  #sourceOf({ source }: DecodedPacket): string {
    const place = source.retry ?? source;
    if ('topic' in place) return `${place.topic}/${place.partition}`;
    return this.#sources.get(place.file) ?? place.file;
  }
}
