import type { Spectrum } from '../../core/index.ts';
import { readBelonging, writeBelonging } from './kept-codec.ts';
import type { ValueCodec } from './kept-codec.ts';

export const SPECTRUM_CODEC: ValueCodec<Spectrum> = {
  what: 'spectrum',
  write(writer, spectrum) {
    writer.text(spectrum.spectrumId);
    writeBelonging(writer, spectrum);
    writer.float64s(spectrum.wavelengthAngstrom);
    writer.float64s(spectrum.flux);
    writer.float64s(spectrum.fluxErr ?? new Float64Array(0));
  },
  read(reader) {
    const spectrumId = reader.text();
    const belonging = readBelonging(reader);
    const wavelengthAngstrom = reader.float64s();
    const flux = reader.float64s();
    const fluxErr = reader.float64s();
    return {
      spectrumId,
      ...belonging,
      wavelengthAngstrom,
      flux,
      fluxErr: fluxErr.length === 0 ? null : fluxErr,
    };
  },
};
