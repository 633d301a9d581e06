import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Random } from '../../core/index.ts';
import type { BandedSeries } from '../../model/alerts/periods/banded-series.ts';

/** A light curve at random times, with random errors and its bands in turn. */
export function randomSeries(
  count: number,
  fluxOf: (timeDays: number, band: number) => number,
  { bands = 1, spanDays = 300 }: { readonly bands?: number; readonly spanDays?: number } = {},
): BandedSeries {
  const random = new Random(`series ${count} ${bands}`);
  const timeDays = Float64Array.from({ length: count }, () => random.between(0, spanDays)).sort();
  const band = Uint16Array.from({ length: count }, (_, i) => i % bands);
  return {
    timeDays,
    flux: timeDays.map((time, i) => fluxOf(time, band[i] ?? 0)),
    fluxErr: timeDays.map(() => random.between(0.5, 2)),
    band,
    bands,
  };
}

interface ReferenceCase {
  readonly name: string;
  readonly timeDays: readonly number[];
  readonly flux: readonly number[];
  readonly fluxErr: readonly number[];
  readonly band: readonly number[];
  readonly frequencyPerDay: readonly number[];
  /** [harmonics][frequencies] */
  readonly power: readonly (readonly number[])[];
}

/** The light curves of fixtures/periodogram.json, with their powers by astropy. */
export function referencePeriodograms(): readonly (ReferenceCase & { readonly series: BandedSeries })[] {
  const file = path.join(import.meta.dirname, '../../../test/fixtures/periodogram.json');
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly ReferenceCase[] };
  return cases.map((reference) => ({
    ...reference,
    series: {
      timeDays: Float64Array.from(reference.timeDays),
      flux: Float64Array.from(reference.flux),
      fluxErr: Float64Array.from(reference.fluxErr),
      band: Uint16Array.from(reference.band),
      bands: 1 + Math.max(...reference.band),
    },
  }));
}
