import { writeOnnx } from '../onnx/write-onnx.ts';
import type { SessionPool } from '../sessions/session-pool.ts';
import type { Tensors } from '../tensor.ts';
import { MODEL_NAMES } from './embed-prepared.ts';
import { buildAlertsGraphs } from './graphs.ts';
import type { AlertsPart } from './release-schema.ts';

/** What embedding needs of a release of the profile. */
export interface AlertsModel {
  readonly part: AlertsPart;
  readonly weights: Tensors;
}

/** Loads a release's encoders under `MODEL_NAMES`. */
export async function loadEncoders(pool: SessionPool, { part, weights }: AlertsModel): Promise<void> {
  const graphs = buildAlertsGraphs(part.architecture, part.preprocessing.spectrum.samples);
  for (const modality of ['photometry', 'spectrum', 'metadata'] as const)
    await pool.load(MODEL_NAMES[modality], writeOnnx(graphs[modality], weights));
}

/** A task module of the profile, with the extension of this one: compiled and source files lie side by side. */
export function taskUrl(name: 'embed-task' | 'encode-task' | 'prepare-task'): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./${name}.${extension}`, import.meta.url);
}
