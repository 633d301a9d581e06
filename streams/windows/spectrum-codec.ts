import type { Spectrum } from '../../core/index.ts';
import { ByteReader, ByteWriter, readList, readOrReject } from './bytes.ts';

/** First byte of an encoded spectrum. */
const VERSION = 1;

/** A spectrum in the store, its number there, and the objects that it was joined to when it came. */
export interface KeptSpectrum {
  readonly sequence: number;
  readonly spectrum: Spectrum;
  readonly joinedKeys: readonly string[];
}

export function encodeSpectrum({ sequence, spectrum, joinedKeys }: KeptSpectrum): Buffer {
  const writer = new ByteWriter();
  writer.byte(VERSION);
  writer.count(sequence);
  writer.count(joinedKeys.length);
  for (const key of joinedKeys) writer.text(key);
  writer.text(spectrum.spectrumId);
  writer.id(spectrum.objectId);
  for (const angleDeg of [spectrum.raDeg, spectrum.decDeg]) {
    writer.byte(angleDeg === null ? 0 : 1);
    if (angleDeg !== null) writer.float64(angleDeg);
  }
  writer.float64s(spectrum.wavelengthAngstrom);
  writer.float64s(spectrum.flux);
  writer.float64s(spectrum.fluxErr ?? new Float64Array(0));
  return writer.finish();
}

/**
 * @param name of the spectrum, for the message
 * @throws PipelineError STORE_UNREADABLE if the bytes are damaged or of an unknown version
 */
export function decodeSpectrum(bytes: Buffer, name: string): KeptSpectrum {
  return readOrReject(`spectrum "${name}"`, () => {
    const reader = new ByteReader(bytes);
    const version = reader.byte();
    if (version !== VERSION) {
      throw new RangeError(`Cannot read version ${version} as this program writes ${VERSION}`);
    }
    const sequence = reader.count();
    const joinedKeys = readList(reader, 1, () => reader.text());
    const spectrumId = reader.text();
    const objectId = reader.id();
    const [raDeg, decDeg] = [readAngle(reader), readAngle(reader)];
    const wavelengthAngstrom = reader.float64s();
    const flux = reader.float64s();
    const fluxErr = reader.float64s();
    reader.end();
    return {
      sequence,
      joinedKeys,
      spectrum: {
        spectrumId,
        objectId: objectId === null ? null : String(objectId),
        raDeg,
        decDeg,
        wavelengthAngstrom,
        flux,
        fluxErr: fluxErr.length === 0 ? null : fluxErr,
      },
    };
  });
}

function readAngle(reader: ByteReader): number | null {
  return reader.byte() === 0 ? null : reader.float64();
}
