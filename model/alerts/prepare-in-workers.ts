import type { JoinedObject } from '../../core/index.ts';
import type { SessionPool } from '../sessions/session-pool.ts';
import { taskUrl } from './load-encoders.ts';
import { tabulatedObject, type PreparationSettings, type PreparedObject } from './prepare.ts';
import type { PreparePayload } from './prepare-task.ts';

const PREPARE_TASK = 'alerts/prepare';
const TASK_OBJECTS_MAX = 32;

/**
 * Prepares objects in the threads of a pool, in their order.
 *
 * @throws PipelineError INFERENCE_FAILED if a worker fails
 */
export async function prepareInWorkers(
  pool: SessionPool,
  objects: readonly JoinedObject[],
  preparation: PreparationSettings,
): Promise<readonly PreparedObject[]> {
  await pool.loadTask(PREPARE_TASK, taskUrl('prepare-task'));
  const tasks: Promise<unknown>[] = [];
  for (let first = 0; first < objects.length; first += TASK_OBJECTS_MAX) {
    const part = objects.slice(first, first + TASK_OBJECTS_MAX).map(tabulatedObject);
    tasks.push(pool.runTask(PREPARE_TASK, { objects: part, preparation } satisfies PreparePayload));
  }
  // Each task gives the prepared objects that its module declares.
  return (await Promise.all(tasks)).flat() as PreparedObject[];
}
