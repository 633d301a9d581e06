import { z } from 'zod';
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
