import { metadataFrom } from '../../core/index.ts';
import type { DataSetObject, DataSplit, Metadata, Spectrum } from '../../core/index.ts';
import { cleanSpectrum } from '../joins/spectra/clean-spectrum.ts';
import type { RawSpectrum } from '../joins/spectra/clean-spectrum.ts';
import { cleanLightCurve } from './clean-light-curve.ts';
import type { RawLightCurve } from './clean-light-curve.ts';

/** An object as its source gives it, before anything was checked. */
export interface RawObject {
  readonly objectId: string;
  /** As written; empty for none. */
  readonly className: string | null;
  readonly split: DataSplit | null;
  readonly survey: string;
  /** ICRS, degrees; NaN or `null` where it is not known. */
  readonly raDeg: number | null;
  readonly decDeg: number | null;
  readonly lightCurve: RawLightCurve | null;
  /** Without the names that its object gives it. */
  readonly spectrum: RawSamples | null;
  readonly metadata: Metadata;
  readonly catalogue: DataSetObject['catalogue'];
}

/** Samples of a spectrum, without whose they are. */
export type RawSamples = Pick<RawSpectrum, 'wavelengthAngstrom' | 'flux' | 'uncertainty' | 'mask'>;

/** Fewest samples of a data set's spectrum: whether they are enough is the model's to say. */
const SAMPLES_MIN = 2;

export interface CheckedObject {
  /** `null` where nothing of it can be used. */
  readonly object: DataSetObject | null;
  /** What was left out, each with the object's id. */
  readonly faults: readonly string[];
}

/**
 * An object of what is usable of it. Without a usable point it stays if it has a spectrum, metadata or a row of the
 * AstroM³ catalogue.
 *
 * @param samplesMax longest spectrum
 */
export function checkedObject(raw: RawObject, samplesMax: number): CheckedObject {
  const { objectId, split, survey, catalogue } = raw;
  const faults: string[] = [];
  const fault = (what: string): void => {
    faults.push(`${JSON.stringify(objectId)}: ${what}`);
  };
  const position = positionOf(raw);
  const curve = raw.lightCurve === null ? null : cleanLightCurve(raw.lightCurve);
  for (const what of curve?.faults ?? []) fault(what);
  const points = curve?.points ?? [];
  const spectrum = spectrumOf(raw, { position, samplesMax, fault });
  const metadata = metadataFrom(raw.metadata);
  if (points.length === 0 && spectrum === null && Object.keys(metadata).length === 0 && catalogue === null) {
    fault('it has no usable point, spectrum or metadata');
    return { object: null, faults };
  }
  const lightCurve = { survey, objectId, ...position, points };
  const className = raw.className?.trim() ?? '';
  return {
    object: {
      objectId,
      className: className === '' ? null : className,
      split,
      joined: { lightCurve, metadata, spectrum },
      catalogue,
    },
    faults,
  };
}

interface Position {
  readonly raDeg: number;
  readonly decDeg: number;
}

/** Both, or NaN for both. */
function positionOf({ raDeg, decDeg }: Pick<RawObject, 'raDeg' | 'decDeg'>): Position {
  const isPlaced =
    raDeg !== null && decDeg !== null && raDeg >= 0 && raDeg <= 360 && decDeg >= -90 && decDeg <= 90;
  return isPlaced ? { raDeg: raDeg % 360, decDeg } : { raDeg: NaN, decDeg: NaN };
}

function spectrumOf(
  raw: RawObject,
  options: {
    readonly position: Position;
    readonly samplesMax: number;
    readonly fault: (what: string) => void;
  },
): Spectrum | null {
  if (raw.spectrum === null) return null;
  const { position, samplesMax, fault } = options;
  const { objectId } = raw;
  const named: RawSpectrum = { spectrumId: objectId, objectId, ...position, ...raw.spectrum };
  const cleaned = cleanSpectrum(named, samplesMax, { samplesMin: SAMPLES_MIN });
  if (cleaned.ok) return cleaned.value;
  fault(cleaned.rejection.reason);
  return null;
}
