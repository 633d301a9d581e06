import { configSchema } from '../../core/index.ts';
import type { MemorySample } from '../replay/memory.ts';
import { moduleBeside } from '../repository.ts';
import type { Measured } from '../result.ts';
import { lastLine, nodeVariant } from '../rounds.ts';
import { figureText, textTable } from '../table.ts';
import { memoryCourse } from './memory-course.ts';
import type { MemoryCourse } from './memory-course.ts';
import type { PartContext, ReportPart } from './part.ts';
import { STALL_PLACES, STALL_TEXT } from './stall-places.ts';
import type { StallPlace } from './stall-places.ts';

export interface StallOptions extends Omit<PartContext, 'rounds'> {
  /** Has far more than the queues take. */
  readonly topic: string;
  readonly topicBytes: number;
  readonly topicPartitions: number;
  readonly schemasDir: string;
  /** For stores. */
  readonly folder: string;
  /** Values of kafka.queueBytesMax, each in a process of its own. */
  readonly queueBytesMax: readonly number[];
  readonly durationMs: number;
  readonly transactionTimeoutMs: number;
}

interface StallRun {
  readonly place: StallPlace;
  readonly queueBytesMax: number;
  readonly samples: readonly MemorySample[];
  readonly queueBytesMost: number;
  readonly course: MemoryCourse;
}

const MIB = 2 ** 20;

/** Resident memory of the service while nothing comes through one of its stages and its topic has more than it may hold. */
export function measureStall(options: StallOptions): ReportPart {
  const { queueBytesMax, durationMs, transactionTimeoutMs, topicBytes, topicPartitions } = options;
  const runs = STALL_PLACES.flatMap((place) => queueBytesMax.map((limit) => measure(place, limit, options)));
  const figures: Record<string, Measured> = {};
  for (const { place, queueBytesMax: limit, samples, queueBytesMost, course } of runs) {
    const key = `stall.${place}.queue${limit / MIB}`;
    const mib = (name: string, raw: readonly number[]): void => {
      figures[`${key}.${name}`] = { unit: 'MiB', raw };
    };
    mib(
      'rssMib',
      samples.map(({ rssMib }) => Math.round(rssMib * 10) / 10),
    );
    mib('startMib', [course.startMib]);
    mib('plateauMib', [course.plateauMib]);
    mib('peakMib', [course.peakMib]);
    mib('queueMibMost', [queueBytesMost / MIB]);
    figures[`${key}.slopeMibPerMinute`] = { unit: 'MiB/min', raw: [course.slopeMibPerMinute] };
  }
  return {
    config: { queueBytesMax, stallMs: durationMs, stallTransactionTimeoutMs: transactionTimeoutMs },
    n: { 'stall.topicMib': topicBytes / MIB, 'stall.partitions': topicPartitions },
    figures,
    text: textOf(runs, options),
  };
}

function measure(place: StallPlace, queueBytesMax: number, options: StallOptions): StallRun {
  const { brokers, topic, schemasDir, folder, durationMs, transactionTimeoutMs, onProgress } = options;
  onProgress(`stall: ${STALL_TEXT[place]}, kafka.queueBytesMax ${queueBytesMax / MIB} MiB`);
  const limits = [queueBytesMax, durationMs, transactionTimeoutMs].map(String);
  const args = [brokers.join(), topic, schemasDir, folder, place, ...limits];
  const variant = nodeVariant(`stall ${place}`, moduleBeside(import.meta.url, 'stalled-variant'), args);
  const { samples, queueBytesMost } = lastLine(variant) as Pick<StallRun, 'samples' | 'queueBytesMost'>;
  const course = memoryCourse(samples.map(({ elapsedMs, rssMib }) => ({ elapsedMs, mib: rssMib })));
  return { place, queueBytesMax, samples, queueBytesMost, course };
}

function textOf(runs: readonly StallRun[], options: StallOptions): string {
  const { topicBytes, topicPartitions, durationMs } = options;
  const rows = runs.map(({ place, queueBytesMax, queueBytesMost, course }) => [
    STALL_TEXT[place],
    ...[
      queueBytesMax / MIB,
      queueBytesMost / MIB,
      course.startMib,
      course.plateauMib,
      course.peakMib,
      course.peakMib - course.startMib,
      course.slopeMibPerMinute,
    ].map(figureText),
  ]);
  const { pipeline, kafka } = configSchema.parse({});
  return [
    `Memory while nothing comes through: ${figureText(durationMs / 1000)} s each, a topic of ${figureText(topicBytes / MIB)} MiB ` +
      `in ${topicPartitions} partitions, resident MiB`,
    textTable(
      ['', 'queueBytesMax', 'most queued', 'start', 'plateau', 'peak', 'peak − start', 'slope a minute'],
      rows,
    ),
    'Plateau and slope: the second half. Beside the queues there may be an answer of a broker ' +
      `(${kafka.fetchBytesMax / MIB} MiB) and batches under way ` +
      `(${pipeline.batchesInFlightMax} × ${pipeline.batchBytesMax / MIB} MiB, with what their packets hold)`,
  ].join('\n');
}
