import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METADATA_FIELD_NAMES } from '../../../core/index.ts';
import { joinMetadata, METADATA_GROUPS } from '../../../streams/joins/join-metadata.ts';

test('joinMetadata() is what one part says where the others are empty', () => {
  assert.deepEqual(joinMetadata({ referenceMag: 18 }, {}), { referenceMag: 18 });
});

test('joinMetadata() prefers the later part where both know a field, and keeps what only one knows', () => {
  const packet = { milkyWayEbvMag: 0.1, referenceMag: 18, referenceSeparationArcsec: 0.4 };
  assert.deepEqual(joinMetadata(packet, { milkyWayEbvMag: 0.3, jMag: 12 }), {
    referenceSeparationArcsec: 0.4,
    referenceMag: 18,
    jMag: 12,
    milkyWayEbvMag: 0.3,
  });
});

test('joinMetadata() takes a group from one source: no error beside the value of another', () => {
  const packet = { hostRedshift: 0.5, hostRedshiftErr: 0.01, gaiaSeparationArcsec: 9, gaiaGMag: 20 };
  assert.deepEqual(joinMetadata(packet, { hostRedshift: 0.1, gaiaGMag: 15 }), {
    gaiaGMag: 15,
    hostRedshift: 0.1,
  });
});

test('joinMetadata() takes each group from the last part that knows any of it', () => {
  const packet = { hostRedshift: 0.5, hostRedshiftErr: 0.01, referenceMag: 18, milkyWayEbvMag: 0.1 };
  const catalogue = { hostRedshift: 0.4, jMag: 12, kMag: 11, milkyWayEbvMag: 0.2 };
  const records = { hostRedshiftErr: 0.2, jMag: 13 };
  assert.deepEqual(joinMetadata(packet, catalogue, records), {
    referenceMag: 18,
    jMag: 13,
    hostRedshiftErr: 0.2,
    milkyWayEbvMag: 0.2,
  });
  assert.deepEqual(joinMetadata(), {});
});

test('METADATA_GROUPS holds each field once', () => {
  assert.deepEqual(Object.values(METADATA_GROUPS).flat().sort(), [...METADATA_FIELD_NAMES].sort());
});
