import type { Spectrum } from '../../../core/index.ts';

/** A short spectrum; what is left out is unknown. */
export function spectrumOf(
  sketch: Partial<Pick<Spectrum, 'spectrumId' | 'objectId' | 'raDeg' | 'decDeg'>> = {},
): Spectrum {
  return {
    spectrumId: sketch.spectrumId ?? 'a.fits',
    objectId: sketch.objectId ?? null,
    raDeg: sketch.raDeg ?? null,
    decDeg: sketch.decDeg ?? null,
    wavelengthAngstrom: Float64Array.of(4000, 5000, 6000.5),
    flux: Float64Array.of(1, -2, 0.1),
    fluxErr: Float64Array.of(0.1, 0.2, 0.3),
  };
}
