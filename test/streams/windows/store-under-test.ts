import assert from 'node:assert/strict';
import type { JoinRules, MergeOutcome, ObjectLimits, ObjectStore } from '../../../streams/index.ts';

/** Storage of its own for one test. */
export interface StoreUnderTest {
  /** Opens the store, again after it was closed. @param join `JOIN_RULES` unless given */
  readonly open: (limits: ObjectLimits, join?: JoinRules) => Promise<ObjectStore>;
  readonly dispose: () => Promise<void>;
}

/** Declares one claim of a contract, checked on a storage of its own. */
export type Contract = (title: string, check: (storage: StoreUnderTest) => Promise<void>) => void;

/** Limits that no test reaches. */
export const WIDE: ObjectLimits = { pointsMax: 1000, retentionDays: 3650, redeliveryPacketsMax: 512 };

type Merged = Extract<MergeOutcome, { kind: 'merged' }>;

/** The outcome of a packet that must have been merged. */
export function merged(outcome: MergeOutcome | undefined): Merged {
  assert.equal(outcome?.kind, 'merged');
  return outcome;
}
