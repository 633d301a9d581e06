import { Random } from '../../core/index.ts';
import type { DataSplit } from '../../core/index.ts';
import { EMBEDDED_MODALITIES } from '../../model/index.ts';
import type { EmbeddedModality, EmbeddedObjects } from '../../model/index.ts';
import { unitRows } from '../../model/evaluation/rows.ts';

export interface PlantedOptions {
  readonly count: number;
  readonly classNames: readonly string[];
  readonly seed?: string;
  readonly dimensions?: number;
  /** Scatter of the objects of a class about its centre, per dimension; centres have about 1. */
  readonly objectScatter?: number;
  /** Scatter of a modality about its object. */
  readonly modalityScatter?: number;
  readonly absent?: (modality: EmbeddedModality, row: number) => boolean;
  readonly split?: (row: number) => DataSplit | null;
  readonly survey?: (row: number) => string;
  readonly withFeatures?: boolean;
}

/** Embedded objects of classes by turns, each a Gaussian about its centre; the modalities of an object lie near each other. */
export function plantedObjects({
  count,
  classNames,
  seed = 'planted',
  dimensions = 12,
  objectScatter = 0.3,
  modalityScatter = 0.05,
  absent = () => false,
  split = () => null,
  survey = () => 'ztf',
  withFeatures = false,
}: PlantedOptions): EmbeddedObjects {
  const random = Random.forPurpose(seed, 'objects');
  const centres = classNames.map(() => Array.from({ length: dimensions }, () => random.normal()));
  const vectors = EMBEDDED_MODALITIES.map(() => new Float32Array(count * dimensions));
  const features = new Float32Array(count * dimensions);
  for (let row = 0; row < count; row++) {
    const centre = centres[row % classNames.length] ?? [];
    centre.forEach((value, j) => {
      const own = value + objectScatter * random.normal();
      for (const rows of vectors) rows[row * dimensions + j] = own + modalityScatter * random.normal();
      features[row * dimensions + j] = own;
    });
  }
  const rowsOf = (modality: EmbeddedModality, rows: Float32Array): Float32Array => {
    const { data } = unitRows({ width: dimensions, data: rows });
    for (let row = 0; row < count; row++)
      if (absent(modality, row)) data.fill(0, row * dimensions, (row + 1) * dimensions);
    return data;
  };
  const byModality = <T>(of: (modality: EmbeddedModality, i: number) => T): Record<EmbeddedModality, T> => ({
    photometry: of('photometry', 0),
    spectra: of('spectra', 1),
    metadata: of('metadata', 2),
  });
  const all = Array.from({ length: count }, (_, row) => row);
  return {
    ids: all.map((row) => `object ${row}`),
    classNames: all.map((row) => classNames[row % classNames.length] ?? null),
    surveys: all.map(survey),
    splits: all.map(split),
    dimensions,
    vectors: byModality((modality, i) => rowsOf(modality, vectors[i] ?? new Float32Array())),
    present: byModality((modality) => Uint8Array.from(all, (row) => Number(!absent(modality, row)))),
    features: withFeatures ? { width: dimensions, data: features } : null,
  };
}
