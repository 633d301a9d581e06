import type { EmbeddedObject, Embedding } from '../../core/index.ts';
import type { WorkerTask } from '../sessions/protocol.ts';
import { embedPrepared, type EmbeddingSettings } from './embed-prepared.ts';
import { prepareObject, type PreparationSettings, type TabulatedObject } from './prepare.ts';

/** What the task is given: objects, and what a release says of them. */
export interface EmbedPayload {
  readonly objects: readonly TabulatedObject[];
  readonly preparation: PreparationSettings;
  readonly embedding: EmbeddingSettings;
}

/** Prepares and embeds objects in an inference worker: the period search would hold up the main thread. */
export const runTask: WorkerTask = async (payload, context) => {
  // The embedder, the only caller, sends this type.
  const { objects, preparation, embedding } = payload as EmbedPayload;
  const prepared = objects.map((object) => prepareObject(object, preparation));
  const embeddings = await embedPrepared(prepared, embedding, (name, feeds) => context.run(name, feeds));
  const result: readonly EmbeddedObject[] = embeddings.map((one, i) => ({
    ...one,
    periodsToKeep: prepared[i]!.periodsToKeep,
  }));
  return { result, transfer: result.flatMap(buffersOf) };
};

function buffersOf({ photometry, spectrum, metadata }: Embedding): ArrayBuffer[] {
  const present = [photometry, spectrum, metadata].filter((vector) => vector !== null);
  return present.map((vector) => vector.buffer as ArrayBuffer);
}
