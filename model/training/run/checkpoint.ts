import { z } from 'zod';
import { DEVICES, PipelineError } from '../../../core/index.ts';
import { trainingStateSchema } from './training-state.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A file of training data, told from others by what is in it. */
export const dataIdentitySchema = z
  .strictObject({ file: z.string(), rows: z.int().positive(), sha256 })
  .readonly();

export type DataIdentity = z.infer<typeof dataIdentitySchema>;

/** A release that a training begins with, told from others by its weights. */
export const startIdentitySchema = z.strictObject({ release: z.string(), sha256 }).readonly();

export type StartIdentity = z.infer<typeof startIdentitySchema>;

export const checkpointSchema = z
  .strictObject({
    formatVersion: z.literal(1),
    state: trainingStateSchema,
    /** The configuration in effect, whole. */
    config: z.record(z.string(), z.unknown()).readonly(),
    data: z
      .strictObject({
        training: dataIdentitySchema,
        validation: dataIdentitySchema.nullable(),
        /** `null` where the weights were drawn. */
        start: startIdentitySchema.nullable(),
      })
      .readonly(),
    /** What the steps up to it were computed with, which may move the last bits of results. */
    computing: z.strictObject({ device: z.enum(DEVICES), threads: z.int().positive() }).readonly(),
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
    ...(found.data.start?.sha256 === wanted.data.start?.sha256
      ? []
      : [`the start was ${startText(found.data.start)}, now ${startText(wanted.data.start)}`]),
  ];
  if (differences.length === 0) return;
  const named = differences.slice(0, NAMED_MAX).join('; ');
  const more = differences.length > NAMED_MAX ? `; and ${differences.length - NAMED_MAX} more` : '';
  throw new PipelineError(
    'TRAINING_MISMATCH',
    `Cannot go on with the training in "${folder}" as it must be the same one: ${named}${more}; take another --out`,
  );
}

/** What a user should know who goes on with another device or other threads; `null` where both are the same. */
export function computingNotice(was: Checkpoint['computing'], now: Checkpoint['computing']): string | null {
  if (was.device === now.device && was.threads === now.threads) return null;
  return `The training was on ${computingText(was)} and goes on on ${computingText(now)}: the last bits of its results may differ`;
}

function computingText({ device, threads }: Checkpoint['computing']): string {
  return `${device} with ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
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

function startText(identity: StartIdentity | null): string {
  if (identity === null) return 'drawn';
  return `release "${identity.release}" (weights of sha256 ${identity.sha256.slice(0, 8)}…)`;
}
