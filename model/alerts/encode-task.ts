import type { Embedding } from '../../core/index.ts';
import type { WorkerTask } from '../sessions/protocol.ts';
import type { EmbedPayload } from './embed-task.ts';
import { embedPrepared } from './embed-prepared.ts';
import { prepareObject } from './prepare.ts';

/** An embedding beside the inputs about the object as a whole. */
export interface EncodedWithInputs {
  readonly embedding: Embedding;
  /** [GLOBAL_INPUTS.length] before encoding, NaN where missing */
  readonly globals: Float64Array;
  /** [METADATA_INPUTS.length] the same; `null` without any field */
  readonly metadata: Float64Array | null;
}

/** Embeds objects as `embed-task` does, and keeps what was computed of each: the period search is done once. */
export const runTask: WorkerTask = async (payload, context) => {
  // The object encoder, the only caller, sends this type.
  const { objects, preparation, embedding } = payload as EmbedPayload;
  const prepared = objects.map((object) => prepareObject(object, preparation));
  const embeddings = await embedPrepared(prepared, embedding, (name, feeds) => context.run(name, feeds));
  const result = prepared.map(({ globals, metadata }, i): EncodedWithInputs => {
    const own = embeddings[i]!;
    return { embedding: own, globals, metadata };
  });
  return { result, transfer: [] };
};
