import type { Metadata, MetadataField } from '../../core/index.ts';
import { isInRange } from '../metadata-ranges.ts';

/** Packed as 0, these are "none": no host is at rest, and no line of sight is without dust. */
const NONE_WHERE_ZERO: readonly MetadataField[] = ['hostRedshift', 'milkyWayEbvMag'];

/** Values as packed, by field; anything that is not a number is missing. */
export type PackedMetadata = Readonly<Partial<Record<MetadataField, unknown>>>;

/** True if a packed value can be what the field means. */
export function isPlausible(field: MetadataField, value: unknown): value is number {
  if (typeof value !== 'number' || !isInRange(field, value)) return false;
  return value !== 0 || !NONE_WHERE_ZERO.includes(field);
}

/** Metadata of a packet without missing values and placeholders. */
export function metadataFromPacked(packed: PackedMetadata): Metadata {
  const known: Partial<Record<MetadataField, number>> = {};
  for (const name in packed) {
    const field = name as MetadataField;
    const value = packed[field];
    if (isPlausible(field, value)) known[field] = value + 0;
  }
  return known;
}
