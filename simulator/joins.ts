import { Random } from '../core/index.ts';

/** Share of the objects with an entry in the catalogue, unless told otherwise. */
export const CATALOGUE_RATIO = 0.6;

/**
 * Whether an object has a spectrum and a catalogue entry; the same object of the same sky has the same.
 *
 * @param index of the object in its plan
 * @param ratios shares of all objects, 0–1
 */
export function drawJoins(
  seed: string,
  index: number,
  ratios: { readonly spectrumRatio: number; readonly catalogueRatio: number },
): { readonly hasSpectrum: boolean; readonly hasEntry: boolean } {
  const random = Random.forPurpose(seed, `joins ${index}`);
  return {
    hasSpectrum: random.uniform() < ratios.spectrumRatio,
    hasEntry: random.uniform() < ratios.catalogueRatio,
  };
}
