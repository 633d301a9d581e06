import type { WorkerTask } from '../sessions/protocol.ts';
import { prepareObject, type PreparationSettings, type TabulatedObject } from './prepare.ts';

export interface PreparePayload {
  readonly objects: readonly TabulatedObject[];
  readonly preparation: PreparationSettings;
}

/** Prepares objects in an inference worker: what fitting a release's statistics needs, before there are any. */
export const runTask: WorkerTask = (payload) => {
  // Its only caller sends this type.
  const { objects, preparation } = payload as PreparePayload;
  return Promise.resolve({
    result: objects.map((object) => prepareObject(object, preparation)),
    transfer: [],
  });
};
