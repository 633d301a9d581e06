import { Random } from '../../core/index.ts';
import type { DataSetObject } from '../../core/index.ts';
import { PAPER_METADATA_COLUMNS } from '../../model/index.ts';
import { lightCurve, SOME_METADATA, someSpectrum, varyingLightCurve } from './joined-object.ts';

/** A row of the AstroM³ catalogue from a seed: what its columns hold is of no matter but that it is possible. */
export function someCatalogue(seed: string | number): Readonly<Record<string, number>> {
  const random = Random.forPurpose(seed, 'catalogue');
  return {
    ...Object.fromEntries(PAPER_METADATA_COLUMNS.map((column) => [column, random.between(1, 20)])),
    ...{ amplitude: random.between(0.1, 2), period: random.between(0.2, 300) },
    ...{ lksl_statistic: random.between(0, 1), rfr_score: random.between(0, 1) },
  };
}

/** An object with a light curve of 20 points and nothing else, unless it is given. */
export function paperObject(objectId: string, overrides: Partial<DataSetObject> = {}): DataSetObject {
  const joined = { lightCurve: varyingLightCurve(20, objectId), metadata: {}, spectrum: null };
  return { objectId, className: null, split: null, catalogue: null, joined, ...overrides };
}

/**
 * Objects of two classes. Of each three one has a row of the catalogue and one alert metadata; half have a spectrum; the
 * last has no light curve.
 */
export function paperObjects(count: number): DataSetObject[] {
  return Array.from({ length: count }, (_, i) =>
    paperObject(`object ${i}`, {
      className: i % 2 === 0 ? 'even' : 'odd',
      catalogue: i % 3 === 0 ? someCatalogue(i) : null,
      joined: {
        lightCurve: i === count - 1 ? lightCurve([]) : varyingLightCurve(6 + (i % 20), i),
        metadata: i % 3 === 1 ? SOME_METADATA : {},
        spectrum: i % 2 === 0 ? someSpectrum(i) : null,
      },
    }),
  );
}
