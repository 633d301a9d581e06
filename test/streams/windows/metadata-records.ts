import type { MetadataRecord } from '../../../core/index.ts';

/** A metadata record; what is left out is unknown. */
export function recordOf(sketch: Partial<MetadataRecord> = {}): MetadataRecord {
  return {
    recordId: sketch.recordId ?? 'metadata-0-0',
    objectId: sketch.objectId ?? null,
    raDeg: sketch.raDeg ?? null,
    decDeg: sketch.decDeg ?? null,
    metadata: sketch.metadata ?? { hostRedshift: 0.1 },
  };
}
