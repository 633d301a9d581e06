import { UNIX_EPOCH_MJD, mjdTaiFromJdUtc, mjdTaiFromMjdUtc, njyErrFromMagErr } from '../../core/index.ts';
import type { FluxMapping, MagnitudeMapping, MeasurementMapping, PointKind } from '../../core/index.ts';
import type { AvroRecord } from './adapter.ts';
import { numberFrom, signFrom, surveyIdFrom } from './fields.ts';
import { PathReader } from './mapped-path.ts';
import type { Paths } from './mapped-path.ts';
import { njyFromPackedMag, noiseNjyFromLimitMag } from './photometry.ts';
import type { PointDraft } from './point-list.ts';

type TimeScale = MeasurementMapping['time']['scale'];
type FluxUnit = FluxMapping['unit'];

const NJY_PER_UNIT: Readonly<Record<FluxUnit, number>> = { njy: 1, ujy: 1e3, mjy: 1e6, jy: 1e9 };
const FLUX_UNIT_NAMES: Readonly<Record<FluxUnit, string>> = { njy: 'nJy', ujy: 'µJy', mjy: 'mJy', jy: 'Jy' };

const MS_PER_DAY = 86_400_000;
const MJD_TAI_FROM: Readonly<Record<TimeScale, (time: number) => number>> = {
  mjdUtc: mjdTaiFromMjdUtc,
  jdUtc: mjdTaiFromJdUtc,
  mjdTai: (time) => time,
  unixMs: (time) => mjdTaiFromMjdUtc(UNIX_EPOCH_MJD + time / MS_PER_DAY),
};

/** Flux and 1σ error, nJy; NaN where missing. */
export interface Brightness {
  readonly fluxNjy: number;
  readonly fluxErrNjy: number;
}

interface BrightnessReader {
  readonly value: PathReader;
  readonly err: PathReader;
  readonly unit: string;
  /** @param band one letter, or empty */
  read(record: AvroRecord, band: string): Brightness;
  /** 1σ noise of a limiting magnitude in the same system, nJy. */
  noiseNjy(limitMag: number, band: string): number;
}

/** Reads fluxes of a unit. */
export function fluxReader(mapping: FluxMapping): BrightnessReader {
  const [value, err] = [new PathReader(mapping.path), new PathReader(mapping.errPath)];
  const njyPerUnit = NJY_PER_UNIT[mapping.unit];
  return {
    value,
    err,
    unit: FLUX_UNIT_NAMES[mapping.unit],
    read: (record) => ({
      fluxNjy: numberFrom(value.read(record)) * njyPerUnit,
      fluxErrNjy: numberFrom(err.read(record)) * njyPerUnit,
    }),
    noiseNjy: noiseNjyFromLimitMag,
  };
}

/** Reads magnitudes; one of a band without a known offset to AB is unusable. */
function magnitudeReader(mapping: MagnitudeMapping): BrightnessReader {
  const [value, err] = [new PathReader(mapping.path), new PathReader(mapping.errPath)];
  const offsets: Readonly<Record<string, number | undefined>> = mapping.abMinusVegaMag;
  const offsetMag = (band: string): number => (mapping.system === 'AB' ? 0 : (offsets[band] ?? Number.NaN));
  return {
    value,
    err,
    unit: 'mag',
    read: (record, band) => {
      const mag = numberFrom(value.read(record));
      const isFaded = mapping.isFadedWhereNegative && mag < 0;
      const unsignedNjy = njyFromPackedMag((isFaded ? -mag : mag) + offsetMag(band));
      return {
        fluxNjy: (isFaded ? -1 : 1) * unsignedNjy,
        fluxErrNjy: njyErrFromMagErr(unsignedNjy, numberFrom(err.read(record))),
      };
    },
    noiseNjy: (limitMag, band) => noiseNjyFromLimitMag(limitMag + offsetMag(band)),
  };
}

/** Reads one measurement, the alert's own or one of a history, as its mapping says. */
export class MeasurementReader {
  readonly time: PathReader;
  readonly timeUnit: string;
  /** `null` where the survey has one band and does not pack it. */
  readonly band: PathReader | null;
  readonly brightness: BrightnessReader;
  readonly sign: PathReader | null;
  readonly #id: PathReader | null;
  readonly #mjdTaiFrom: (time: number) => number;
  readonly #onlyBand: string;
  readonly #letters: ReadonlyMap<string, string>;
  readonly #trueSign: number;
  readonly #limitMag: PathReader | null;

  constructor(mapping: MeasurementMapping) {
    this.time = new PathReader(mapping.time.path);
    this.timeUnit = mapping.time.scale === 'unixMs' ? 'ms' : 'd';
    this.#mjdTaiFrom = MJD_TAI_FROM[mapping.time.scale];
    this.band = 'path' in mapping.band ? new PathReader(mapping.band.path) : null;
    this.#onlyBand = 'letter' in mapping.band ? mapping.band.letter : '';
    this.#letters = new Map('letters' in mapping.band ? Object.entries(mapping.band.letters) : []);
    this.brightness = brightnessReader(mapping);
    this.sign = readerOf(mapping.sign?.path ?? null);
    this.#trueSign = mapping.sign?.trueMeans === 'fainter' ? -1 : 1;
    this.#id = readerOf(mapping.id);
    this.#limitMag = readerOf(mapping.limitMagPath);
  }

  /** Every path that is read. */
  paths(): readonly string[] {
    const readers = [
      this.time,
      this.band,
      this.brightness.value,
      this.brightness.err,
      this.sign,
      this.#id,
      this.#limitMag,
    ];
    return readers.flatMap((reader) => reader?.paths ?? []);
  }

  /** A measurement with brightness: the alert's own always is one. */
  read(record: AvroRecord, kind: PointKind): PointDraft {
    const band = this.#bandOf(record);
    const { fluxNjy, fluxErrNjy } = this.brightness.read(record, band);
    return {
      kind,
      alertId: surveyIdFrom(this.#id?.read(record)),
      mjdTai: this.#mjdTaiFrom(numberFrom(this.time.read(record))),
      band,
      fluxNjy:
        this.sign === null ? fluxNjy : Math.abs(fluxNjy) * signFrom(this.sign.read(record)) * this.#trueSign,
      fluxErrNjy,
    };
  }

  /** A measurement of a history: one without brightness and with a limit is an upper limit. */
  readPast(record: AvroRecord, kind: PointKind): PointDraft {
    if (this.#limitMag === null || (this.brightness.value.read(record) ?? null) !== null) {
      return this.read(record, kind);
    }
    const band = this.#bandOf(record);
    return {
      kind: 'upperLimit',
      alertId: null,
      mjdTai: this.#mjdTaiFrom(numberFrom(this.time.read(record))),
      band,
      fluxNjy: 0,
      fluxErrNjy: this.brightness.noiseNjy(numberFrom(this.#limitMag.read(record)), band),
    };
  }

  #bandOf(record: AvroRecord): string {
    if (this.band === null) return this.#onlyBand;
    const value = this.band.read(record);
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return '';
    return this.#letters.get(String(value)) ?? '';
  }
}

function readerOf(paths: Paths | null): PathReader | null {
  return paths === null ? null : new PathReader(paths);
}

function brightnessReader(mapping: MeasurementMapping): BrightnessReader {
  if (mapping.magnitude !== null) return magnitudeReader(mapping.magnitude);
  if (mapping.flux !== null) return fluxReader(mapping.flux);
  throw new TypeError('Cannot read a measurement as its mapping has neither flux nor magnitude');
}
