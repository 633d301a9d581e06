import { z } from 'zod';
import { PipelineError } from '../../core/index.ts';
import { OUTCOMES } from '../ledger.ts';

/** The files that a run appends to, in the order in which they are written. */
export const LINE_FILES = ['scores', 'deadLetters', 'tooLate', 'finishedInputs'] as const;
export type LineFile = (typeof LINE_FILES)[number];

const count = z.int().nonnegative();
const counts = z.strictObject({ consumed: count, ...recordOf(OUTCOMES, count) });

const checkpointSchema = z.strictObject({
  formatVersion: z.literal(2),
  /** Hash of everything that a record depends on besides its packets: release and settings. */
  settingsSha256: z.string(),
  /** Hash of the inputs of the call under way, and how many packets of theirs have ended; `null` between calls. */
  current: z.strictObject({ inputsSha256: z.string(), packets: count }).nullable(),
  /** Numbers of the spectra, as the store counts them, whose objects were scored again. */
  spectra: z.strictObject({ upTo: count, beyond: z.array(count).readonly() }).readonly(),
  ledger: z.strictObject({
    total: counts,
    sources: z.array(counts.extend({ source: z.string() })).readonly(),
    balanced: z.boolean(),
  }),
  /** Committed length of each file of lines. */
  bytes: z.strictObject(recordOf(LINE_FILES, count)),
});

/** How far a run has come: everything up to it is in the output folder once, and nothing beyond it counts. */
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** @throws PipelineError OUTPUT_UNUSABLE if the text is no checkpoint of this version */
export function parseCheckpoint(text: string, file: string): Checkpoint {
  const result = checkpointSchema.safeParse(parsed(text));
  if (result.success) return result.data;
  const fault = result.error.issues[0];
  throw new PipelineError(
    'OUTPUT_UNUSABLE',
    `Cannot go on from "${file}" as it is no checkpoint of this version: ${fault?.path.join('.') ?? ''} ${fault?.message ?? ''}`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function recordOf<K extends string, V>(keys: readonly K[], value: V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, value])) as Record<K, V>;
}
