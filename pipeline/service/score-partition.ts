import type { Clock, Config, Metrics, ScoreRecord } from '../../core/index.ts';
import { unixMsFromMjdTai } from '../../core/index.ts';
import type { PartitionInput, PartitionWork } from '../../streams/index.ts';
import type { TopicOutputs } from '../outputs/topic-outputs.ts';
import type { ScoredBatch, Stages } from '../stages.ts';
import { PacketBatches } from './packet-batches.ts';
import type { MessageBatch, MessageReader } from './packet-batches.ts';
import { PartitionLedger } from './partition-ledger.ts';
import type { RegistryOutages } from './registry-outages.ts';

export interface ScorePartitionParts {
  readonly read: MessageReader;
  readonly stages: Stages;
  readonly outputs: TopicOutputs;
  readonly outages: RegistryOutages;
  readonly config: Pick<Config, 'pipeline'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/**
 * Packets of a partition to their end: scores, candidates, dead letters, packets that came too late, the partition's
 * ledger and its offset, one transaction per batch.
 */
export function scorePartition(parts: ScorePartitionParts): PartitionWork {
  return async (input) => {
    const batches = new PacketBatches(input, parts);
    const ledger = new PartitionLedger(input.metadata);
    await parts.stages.run({
      pull: (place) => batches.next(place),
      emit: (scored) => emit(scored, { input, ledger, parts }),
    });
  };
}

async function emit(
  { batch, admitted, scores }: ScoredBatch<MessageBatch>,
  to: {
    readonly input: PartitionInput;
    readonly ledger: PartitionLedger;
    readonly parts: ScorePartitionParts;
  },
): Promise<void> {
  const { input, ledger, parts } = to;
  const { outputs, metrics, clock } = parts;
  ledger.consumed(batch.packets.length);
  for (const { outcome } of admitted.endings) ledger.ended(outcome);
  const records = [
    ...outputs.scores(withLatency(scores, { nowMs: clock.nowMs(), takenMs: batch.takenMs })),
    ...outputs.deadLetters(admitted.deadLetters),
    ...outputs.tooLate(admitted.tooLate),
  ];
  await input.commit(records, { nextOffset: batch.nextOffset, metadata: ledger.metadata() });
  for (const { outcome } of admitted.endings) metrics.count('nightjar_pipeline_packets_total', { outcome });
}

/** Records with the time from exposure, and in the pipeline, until they are written. */
export function withLatency(
  scores: readonly ScoreRecord[],
  { nowMs, takenMs }: { readonly nowMs: number; readonly takenMs: number },
): readonly ScoreRecord[] {
  return scores.map((record) => ({
    ...record,
    latencyMs: {
      fromExposure: Math.round(nowMs - unixMsFromMjdTai(record.mjdTai)),
      inPipeline: nowMs - takenMs,
    },
  }));
}
