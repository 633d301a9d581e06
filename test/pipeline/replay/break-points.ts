import { OutputFolder } from '../../../pipeline/replay/output-folder.ts';
import { LmdbEnvironment } from '../../../streams/windows/lmdb-environment.ts';
import { breakCall } from '../../helpers/break-call.ts';
import type { CallPoint } from '../../helpers/break-call.ts';

/**
 * Where a replay is cut off: before or after a change of the store (`transact`), an append with its checkpoint (`commit`),
 * or a whole file (`writeJson`; a commit's is its checkpoint, so that before it the lines are there and do not count).
 */
export interface BreakPoint extends CallPoint {
  readonly method: 'transact' | 'commit' | 'writeJson';
}

/** Does something at a point of a replay that is to come. */
export function breakAt(point: BreakPoint, action: () => void): { readonly restore: () => void } {
  const target = point.method === 'transact' ? LmdbEnvironment.prototype : OutputFolder.prototype;
  return breakCall(target, point, action);
}
