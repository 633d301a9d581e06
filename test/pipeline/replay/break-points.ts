import { OutputFolder } from '../../../pipeline/replay/output-folder.ts';
import { LmdbEnvironment } from '../../../streams/windows/lmdb-environment.ts';

/**
 * Where a replay is cut off: before or after a change of the store (`transact`), an append with its checkpoint (`commit`),
 * or a whole file (`writeJson`; a commit's is its checkpoint, so that before it the lines are there and do not count).
 */
export interface BreakPoint {
  readonly method: 'transact' | 'commit' | 'writeJson';
  readonly when: 'before' | 'after';
  /** Number of the call, from 1. */
  readonly call: number;
}

/** Does something at a point of a replay that is to come. */
export function breakAt(point: BreakPoint, action: () => void): { readonly restore: () => void } {
  const target: object = point.method === 'transact' ? LmdbEnvironment.prototype : OutputFolder.prototype;
  const original = Reflect.get(target, point.method) as Method;
  let calls = 0;
  function replaced(this: unknown, ...args: unknown[]): unknown {
    calls++;
    if (calls !== point.call) return original.apply(this, args);
    if (point.when === 'before') action();
    const result = original.apply(this, args);
    if (point.when === 'before') return result;
    if (result instanceof Promise) return result.then(action);
    action();
    return result;
  }
  Reflect.set(target, point.method, replaced);
  return {
    restore: () => {
      Reflect.set(target, point.method, original);
    },
  };
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
