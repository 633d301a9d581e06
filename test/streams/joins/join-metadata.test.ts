import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METADATA_FIELD_NAMES } from '../../../core/index.ts';
import { joinMetadata, METADATA_GROUPS } from '../../../streams/joins/join-metadata.ts';

test('joinMetadata() is the packet metadata without a match', () => {
  assert.deepEqual(joinMetadata({ referenceMag: 18 }, null), { referenceMag: 18 });
});

test('joinMetadata() prefers the catalogue where both know a field, and keeps what only one knows', () => {
  const packet = { milkyWayEbvMag: 0.1, referenceMag: 18, referenceSeparationArcsec: 0.4 };
  assert.deepEqual(joinMetadata(packet, { metadata: { milkyWayEbvMag: 0.3, jMag: 12 } }), {
    referenceSeparationArcsec: 0.4,
    referenceMag: 18,
    jMag: 12,
    milkyWayEbvMag: 0.3,
  });
});

test('joinMetadata() takes a group from one source: no error beside the value of another', () => {
  const packet = { hostRedshift: 0.5, hostRedshiftErr: 0.01, gaiaSeparationArcsec: 9, gaiaGMag: 20 };
  assert.deepEqual(joinMetadata(packet, { metadata: { hostRedshift: 0.1, gaiaGMag: 15 } }), {
    gaiaGMag: 15,
    hostRedshift: 0.1,
  });
});

test('METADATA_GROUPS holds each field once', () => {
  assert.deepEqual(Object.values(METADATA_GROUPS).flat().sort(), [...METADATA_FIELD_NAMES].sort());
});
