import type { ReferenceBank } from '../core/index.ts';
import type { Detector, DetectorKind, DetectorOptions } from './detector.ts';
import { KNN } from './knn.ts';

/** Every detector, by the name that scores carry it under. */
export const DETECTORS = { knn: KNN } as const satisfies Readonly<Record<string, DetectorKind>>;

export type DetectorName = keyof typeof DETECTORS;

export const DETECTOR_NAMES = Object.keys(DETECTORS) as readonly DetectorName[];

/** One instance of every detector on a release's bank. */
export function createDetectors(
  bank: ReferenceBank,
  options: DetectorOptions,
): Readonly<Record<DetectorName, Detector>> {
  const entries = DETECTOR_NAMES.map((name) => [name, DETECTORS[name].create(bank, options)] as const);
  return Object.fromEntries(entries) as Record<DetectorName, Detector>;
}
