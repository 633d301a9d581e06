import { z } from 'zod';
import { PipelineError } from '../../core/index.ts';
import type { JoinRules } from './store-work.ts';
import type { ObjectLimits } from './visible-points.ts';

/** The limits as a store keeps them for its readers, under `limits` in `about`. */
export const limitsSchema = z.object({
  pointsMax: z.int().positive(),
  retentionDays: z.number().positive(),
  redeliveryPacketsMax: z.int().positive(),
});

/** For a store whose making was cut short before it held anything that limits apply to. */
export const NO_LIMITS: ObjectLimits = { pointsMax: 1, retentionDays: 1, redeliveryPacketsMax: 1 };

/** For a reader, which joins nothing. */
export const NO_JOINS: JoinRules = {
  spectraRadiusArcsec: 0,
  metadataRadiusArcsec: 0,
  waitingMax: 1,
  waitingDays: 1,
};

const LIMIT_NAMES = limitsSchema.keyof().options;

export function isSameLimits(a: ObjectLimits, b: ObjectLimits): boolean {
  return LIMIT_NAMES.every((name) => a[name] === b[name]);
}

/** The refusal to write a store with other limits than those that write it have. */
export function otherLimits(found: ObjectLimits | null, own: ObjectLimits): PipelineError {
  const differing = LIMIT_NAMES.filter((name) => found?.[name] !== own[name]);
  const theirs = differing.map((name) => `window.${name} ${found?.[name] ?? 'none'}`).join(', ');
  const ours = differing.map((name) => own[name]).join(', ');
  return new PipelineError(
    'CONFIG_INVALID',
    `Cannot write to the store as all instances must have the same limits: another one has ${theirs}: ` +
      `current value is ${ours}`,
  );
}
