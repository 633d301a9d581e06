import { z } from 'zod';
import { PipelineError } from '../../../core/index.ts';
import { trainingStateSchema } from './training-state.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A file of training data, told from others by what is in it. */
export const dataIdentitySchema = z
  .strictObject({ file: z.string(), rows: z.int().positive(), sha256 })
  .readonly();

export type DataIdentity = z.infer<typeof dataIdentitySchema>;

export const checkpointSchema = z
  .strictObject({
    formatVersion: z.literal(1),
    state: trainingStateSchema,
    /** The configuration in effect, whole. */
    config: z.record(z.string(), z.unknown()).readonly(),
    data: z
      .strictObject({ training: dataIdentitySchema, validation: dataIdentitySchema.nullable() })
      .readonly(),
    /** Committed length of `metrics.jsonl`. */
    metricsBytes: z.int().nonnegative(),
  })
  .readonly();

/** A moment of a training from which it goes on as if it had never stopped; its tensors lie beside it. */
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** Keys that change how long a training lasts or what is written of it, and no step of it. */
const FREE_KEYS: readonly string[] = [
  'name',
  'epochs',
  'stepsMax',
  'earlyStop',
  'checkpoint',
  'metricsEverySteps',
  'prefetchBatches',
  'lossMax',
];

/** Differences that are named in one message. */
const NAMED_MAX = 3;

/**
 * Refuses to go on with another configuration or other data.
 *
 * @throws PipelineError TRAINING_MISMATCH naming what differs
 */
export function requireSameTraining(
  folder: string,
  found: Checkpoint,
  wanted: Pick<Checkpoint, 'config' | 'data'>,
): void {
  const differences = [
    ...differencesBetween('', settled(found.config), settled(wanted.config)),
    ...(['training', 'validation'] as const).flatMap((use) =>
      found.data[use]?.sha256 === wanted.data[use]?.sha256
        ? []
        : [`the ${use} data were ${dataText(found.data[use])}, now ${dataText(wanted.data[use])}`],
    ),
  ];
  if (differences.length === 0) return;
  const named = differences.slice(0, NAMED_MAX).join('; ');
  const more = differences.length > NAMED_MAX ? `; and ${differences.length - NAMED_MAX} more` : '';
  throw new PipelineError(
    'TRAINING_MISMATCH',
    `Cannot go on with the training in "${folder}" as it must be the same one: ${named}${more}; take another --out`,
  );
}

function settled(config: Checkpoint['config']): unknown {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !FREE_KEYS.includes(key)));
}

function differencesBetween(place: string, was: unknown, now: unknown): string[] {
  if (isRecord(was) && isRecord(now)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(now)])];
    return keys.flatMap((key) =>
      differencesBetween(place === '' ? key : `${place}.${key}`, was[key], now[key]),
    );
  }
  const [before, after] = [valueText(was), valueText(now)];
  return before === after ? [] : [`${place} was ${before}, is ${after}`];
}

function valueText(value: unknown): string {
  return value === undefined ? 'not given' : JSON.stringify(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function dataText(identity: DataIdentity | null): string {
  if (identity === null) return 'none';
  return `"${identity.file}" of ${identity.rows} rows (sha256 ${identity.sha256.slice(0, 8)}…)`;
}
