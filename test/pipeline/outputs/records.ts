import { mjdTai } from '../../../core/index.ts';
import type { ScoreRecord, SourcePosition } from '../../../core/index.ts';
import { deadLetter } from '../../../pipeline/index.ts';
import type { DeadLetter } from '../../../pipeline/index.ts';

/** A record with everything that one can have; changed as a test wants it. */
export function scoreRecord(changes: Partial<ScoreRecord> = {}): ScoreRecord {
  return {
    survey: 'lsst',
    objectId: '9223372036854775807',
    alertId: '-5',
    mjdTai: mjdTai(60_000.123456789),
    raDeg: 359.9999999,
    decDeg: -89.5,
    revision: 3,
    cause: 'late',
    mask: 'PM',
    points: 12,
    bands: 'gr',
    novelty: { pValue: null, falseAlarmsPerNight: null, detectors: { knn: 0.625, other: -1 } },
    neighbours: [{ objectId: 'É"1', label: 'RR Lyrae', cosine: 0.5 }],
    release: 'default',
    source: { topic: 'alerts', partition: 2, offset: 2n ** 60n },
    latencyMs: { fromExposure: 1e12, inPipeline: 17 },
    ...changes,
  };
}

export function letterOf(source: SourcePosition, bytes: Uint8Array, reason = 'Cannot'): DeadLetter {
  return deadLetter({ code: 'AVRO_CORRUPT', reason }, source, bytes);
}
