import { embedAlertsTensors } from './alerts/embed-tensors.ts';
import type { AlertsPart } from './alerts/release-schema.ts';
import type { PaperPart } from './paper/release-part.ts';
import { embedPaperTensors } from './paper/embed-tensors.ts';
import type { Manifest, ManifestOf, Profile } from './releases/manifest.ts';
import type { Release } from './releases/release.ts';
import type { SafetensorsFile } from './safetensors/reader.ts';
import type { Tensors } from './tensor.ts';

export interface EmbedTensorsOptions {
  readonly release: Release;
  /** Tensors named `in.…`, as the release's profile takes them; others are not looked at. */
  readonly input: SafetensorsFile;
  /** Gets `out.…`: whole, or not at all. */
  readonly outFile: string;
  /** Inference threads. */
  readonly workers: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EmbedProgress) => void;
}

export interface EmbedProgress {
  readonly rows: number;
  readonly total: number;
}

export interface EmbedSummary {
  readonly rows: number;
  /** Names of the tensors written. */
  readonly outputs: readonly string[];
}

/** One profile's way from tensors to embeddings. */
export type EmbedProfileTensors<Part> = (
  model: { readonly part: Part; readonly weights: Tensors },
  options: Omit<EmbedTensorsOptions, 'release'>,
) => Promise<EmbedSummary>;

const EMBED: { readonly [P in Profile]: EmbedProfileTensors<ManifestOf<P>['model']> } = {
  paper: embedPaperTensors satisfies EmbedProfileTensors<PaperPart>,
  alerts: embedAlertsTensors satisfies EmbedProfileTensors<AlertsPart>,
};

/**
 * Embeds a file of tensors with a release, in batches, so that neither file need fit in memory.
 *
 * @throws PipelineError TENSORS_INVALID if an input is missing, of another type or shape, or not finite;
 *   INFERENCE_FAILED; OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
 */
export async function embedTensors({ release, ...options }: EmbedTensorsOptions): Promise<EmbedSummary> {
  return embedWith(release.manifest, release.weights, options);
}

function embedWith<P extends Profile>(
  {
    profile,
    model,
  }: { readonly profile: P; readonly model: ManifestOf<P>['model'] } & Pick<Manifest, 'name'>,
  weights: Tensors,
  options: Omit<EmbedTensorsOptions, 'release'>,
): Promise<EmbedSummary> {
  return EMBED[profile]({ part: model, weights }, options);
}
