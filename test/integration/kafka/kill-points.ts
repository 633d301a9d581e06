import type { CallPoint } from '../../helpers/break-call.ts';

/**
 * Where an instance is killed: at a change of the store (`transact`), when records are written and the offset is about to be
 * added to the transaction (`txnOffsetCommit`), and when the transaction is ended (`endTxn`).
 */
export interface KillPoint extends CallPoint {
  readonly method: 'transact' | 'txnOffsetCommit' | 'endTxn';
}

/** Each point of the first batches, and of a later one. */
export const KILL_POINTS: readonly KillPoint[] = [
  { method: 'transact', when: 'before', call: 1 },
  { method: 'transact', when: 'after', call: 1 },
  { method: 'txnOffsetCommit', when: 'before', call: 1 },
  { method: 'endTxn', when: 'before', call: 1 },
  { method: 'endTxn', when: 'after', call: 1 },
  { method: 'transact', when: 'after', call: 3 },
  { method: 'txnOffsetCommit', when: 'after', call: 2 },
  { method: 'endTxn', when: 'before', call: 3 },
  { method: 'endTxn', when: 'after', call: 4 },
];
