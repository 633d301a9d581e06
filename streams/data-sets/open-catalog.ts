import type { DataFault, Metadata } from '../../core/index.ts';
import { metadataFrom } from '../../core/index.ts';
import { cleanSpectrum } from '../joins/spectra/clean-spectrum.ts';
import { readWhole } from '../joins/spectra/read-whole.ts';
import { angstromPerUnit } from '../joins/spectra/spectrum-columns.ts';
import { isInRange } from '../metadata-ranges.ts';
import type { RawLightCurve } from './clean-light-curve.ts';
import type { LocatedObject } from './file-data-set.ts';
import { checkedObject } from './raw-object.ts';
import type { RawSamples } from './raw-object.ts';
import { degreesFromText } from './sexagesimal.ts';

type Json = Readonly<Record<string, unknown>>;

const CATALOG_SURVEY = 'osc';
/** Sigmas of an upper limit that does not say of how many it is. */
const LIMIT_SIGMAS = 3;
const MAG_PER_RATIO = 2.5 / Math.LN10;
const MJD_OF_JD = 2_400_000.5;

/**
 * The objects of a JSON file of the Open Astronomy Catalogs, by name; `null` where it is none: an object of objects, of
 * which the first has `photometry`, `spectra` or `sources`.
 */
export function catalogObjects(text: string): ReadonlyMap<string, Json> | null {
  const value = parsed(text);
  const objects = Object.entries(value ?? {}).flatMap(([name, entry]) => {
    const object = asJson(entry);
    return object === null ? [] : [[name, object] as const];
  });
  const first = objects[0]?.[1];
  const isCatalog = ['photometry', 'spectra', 'sources'].some((key) => Array.isArray(first?.[key]));
  return isCatalog ? new Map(objects) : null;
}

/**
 * The objects of one file, as the catalogs of supernovae and other transients are published. Numbers may be texts.
 *
 * - The id is the object's key; its class the first `claimedtype`.
 * - Photometry are entries with `time` (MJD, JD where `u_time` says so; the mean of a pair), `magnitude`, `band`, and
 *   `e_magnitude` (or the mean of the upper and lower one). Those of a model or simulation are passed over, as are those
 *   without magnitude (radio and X-ray fluxes, counts). An upper limit is of `upperlimitsigma` σ, or 3.
 * - The spectrum is the usable one nearest in time to the brightest magnitude, or without times the first.
 * - Metadata are the first `redshift` and `ebv`.
 *
 * @source The Open Astronomy Catalogs' schema: github.com/astrocatalogs/schema
 * @throws Error where the file cannot be read
 */
export async function* readCatalogFile(
  file: string,
  options: {
    readonly samplesMax: number;
    readonly fileBytesMax: number;
    readonly onFault: (fault: DataFault) => void;
  },
): AsyncGenerator<LocatedObject> {
  const bytes = await readWhole(file, options.fileBytesMax);
  if (!bytes.ok) throw new Error(bytes.rejection.reason);
  const objects = catalogObjects(bytes.value.toString('utf8'));
  if (objects === null) throw new Error('it is no JSON of the Open Astronomy Catalogs');
  let row = 0;
  for (const [objectId, entry] of objects) {
    const lightCurve = lightCurveIn(entry);
    const { object, faults } = checkedObject(
      {
        objectId,
        className: firstValue(entry, 'claimedtype'),
        split: null,
        survey: CATALOG_SURVEY,
        raDeg: degreesFromText(firstValue(entry, 'ra') ?? '', 15),
        decDeg: degreesFromText(firstValue(entry, 'dec') ?? '', 1),
        lightCurve,
        spectrum: spectrumIn(entry, peakTime(lightCurve), options.samplesMax),
        metadata: metadataIn(entry),
        catalogue: null,
      },
      options.samplesMax,
    );
    for (const reason of faults) options.onFault({ file, row, reason });
    if (object !== null) yield { file, row, object };
    row++;
  }
}

function parsed(text: string): Json | null {
  try {
    return asJson(JSON.parse(text));
  } catch {
    return null;
  }
}

function asJson(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

function listOf(entry: Json, key: string): readonly unknown[] {
  const value = entry[key];
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** The first value of a quantity: `[{ value: … }, …]`, or the value itself. */
function firstValue(entry: Json, key: string): string | null {
  const [first] = listOf(entry, key);
  return textOf(asJson(first)?.['value'] ?? first ?? entry[key]);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

/** NaN for anything but a number, by itself or as text. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
}

/** MJD; of an exposure's begin and end the middle. */
function timeOf(entry: Json): number {
  const time = entry['time'];
  const values = Array.isArray(time) ? time.map(numberOf) : [numberOf(time)];
  const middle = values.reduce((sum, value) => sum + value, 0) / values.length;
  const unit = textOf(entry['u_time'])?.toUpperCase() ?? 'MJD';
  if (unit === 'MJD') return middle;
  return unit === 'JD' || unit === 'HJD' ? middle - MJD_OF_JD : NaN;
}

interface Epoch {
  readonly time: number;
  readonly value: number;
  readonly err: number;
  readonly band: string | null;
  readonly isLimit: boolean;
}

function lightCurveIn(entry: Json): RawLightCurve | null {
  const epochs = listOf(entry, 'photometry').flatMap((value) => epochOf(asJson(value)) ?? []);
  if (epochs.length === 0) return null;
  return {
    time: epochs.map(({ time }) => time),
    value: epochs.map(({ value }) => value),
    err: epochs.map(({ err }) => err),
    band: epochs.map(({ band }) => band),
    unit: 'mag',
    isLimit: epochs.map(({ isLimit }) => (isLimit ? 1 : 0)),
  };
}

function epochOf(entry: Json | null): Epoch | null {
  if (entry === null || entry['magnitude'] === undefined) return null;
  if (entry['model'] !== undefined || entry['realization'] !== undefined) return null;
  const isLimit = entry['upperlimit'] === true || entry['upperlimit'] === 'true';
  return {
    time: timeOf(entry),
    value: numberOf(entry['magnitude']),
    err: isLimit ? limitErr(entry) : magnitudeErr(entry),
    band: textOf(entry['band']),
    isLimit,
  };
}

function magnitudeErr(entry: Json): number {
  const symmetric = numberOf(entry['e_magnitude']);
  if (!Number.isNaN(symmetric)) return symmetric;
  return (numberOf(entry['e_lower_magnitude']) + numberOf(entry['e_upper_magnitude'])) / 2;
}

/** The noise of a limit at n σ is 1/n of its flux: in magnitudes 2.5 / (n · ln 10). */
function limitErr(entry: Json): number {
  const sigmas = numberOf(entry['upperlimitsigma']);
  return MAG_PER_RATIO / (sigmas > 0 ? sigmas : LIMIT_SIGMAS);
}

/** Time of the brightest magnitude; `null` without any. */
function peakTime(curve: RawLightCurve | null): number | null {
  let peak: { readonly time: number; readonly mag: number } | null = null;
  for (let i = 0; i < (curve?.time.length ?? 0); i++) {
    const [time, mag] = [curve?.time[i] ?? NaN, curve?.value[i] ?? NaN];
    if (curve?.isLimit?.[i] !== 0 || Number.isNaN(time) || !(mag > -30 && mag < 60)) continue;
    if (peak === null || mag < peak.mag) peak = { time, mag };
  }
  return peak?.time ?? null;
}

/** Of the spectra that can be used the nearest to the peak; of equally near ones, and those without time, the first. */
function spectrumIn(entry: Json, peak: number | null, samplesMax: number): RawSamples | null {
  const spectra = listOf(entry, 'spectra')
    .map(asJson)
    .filter((value) => value !== null);
  const distance = (spectrum: Json): number => {
    const days = peak === null ? NaN : Math.abs(timeOf(spectrum) - peak);
    return Number.isNaN(days) ? Number.MAX_VALUE : days;
  };
  let first: RawSamples | null = null;
  for (const spectrum of spectra.toSorted((a, b) => distance(a) - distance(b))) {
    const samples = samplesIn(spectrum);
    if (samples === null) continue;
    const raw = { spectrumId: '', objectId: null, raDeg: null, decDeg: null, ...samples };
    if (cleanSpectrum(raw, samplesMax).ok) return samples;
    first ??= samples;
  }
  // The reader is told why not even the first can be used.
  return first;
}

function samplesIn(spectrum: Json): RawSamples | null {
  const rows = listOf(spectrum, 'data').filter((row): row is readonly unknown[] => Array.isArray(row));
  if (rows.length === 0) return null;
  const scale = angstromPerUnit(textOf(spectrum['u_wavelengths']) ?? '');
  const errors = rows.map((row) => numberOf(row[2]));
  return {
    wavelengthAngstrom: rows.map((row) => numberOf(row[0]) * scale),
    flux: rows.map((row) => numberOf(row[1])),
    uncertainty: errors.every(Number.isNaN) ? null : { kind: 'error', values: errors },
    mask: null,
  };
}

function metadataIn(entry: Json): Metadata {
  const redshift = numberOf(firstValue(entry, 'redshift'));
  const ebv = numberOf(firstValue(entry, 'ebv'));
  return metadataFrom({
    hostRedshift: isInRange('hostRedshift', redshift) ? redshift : null,
    milkyWayEbvMag: isInRange('milkyWayEbvMag', ebv) ? ebv : null,
  });
}
