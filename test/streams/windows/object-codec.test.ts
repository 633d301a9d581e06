import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { METADATA_FIELD_NAMES, PipelineError, mjdTai } from '../../../core/index.ts';
import type { Metadata, MetadataField } from '../../../core/index.ts';
import type { AlertIdentity, AlertRecord } from '../../../streams/windows/alert-record.ts';
import { ByteWriter } from '../../../streams/windows/bytes.ts';
import { decodeObject, encodeObject } from '../../../streams/windows/object-codec.ts';
import type { ObjectState } from '../../../streams/windows/object-state.ts';
import { decodeSpectrum, encodeSpectrum } from '../../../streams/windows/spectrum-codec.ts';
import { pointOf } from './alerts.ts';
import { spectrumOf } from './spectra.ts';

/** Records as literals make them, with the prototype of objects. */
function plain<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const flux = fc.oneof(finite, fc.float({ noNaN: true, noDefaultInfinity: true }));
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 1 }));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const surveyId = fc.oneof(int64, text, fc.constant(2n ** 80n));
const count = fc.oneof(fc.nat(300), fc.maxSafeNat());

const identity: fc.Arbitrary<AlertIdentity> = fc
  .record({ mjd: finite, alertId: fc.oneof(surveyId, fc.constant(null)), band: text })
  .map(({ mjd, alertId, band }) => ({ mjdTai: mjdTai(mjd), alertId, band: alertId === null ? band : '' }));

const metadata: fc.Arbitrary<Metadata> = fc
  .dictionary(fc.constantFrom(...METADATA_FIELD_NAMES), fc.oneof(finite, fc.constant(1)))
  .map((known) => {
    const ordered: Partial<Record<MetadataField, number>> = {};
    for (const field of METADATA_FIELD_NAMES) if (known[field] !== undefined) ordered[field] = known[field];
    return ordered;
  });

const record: fc.Arbitrary<AlertRecord> = plain({
  identity,
  revision: count,
  isLate: fc.boolean(),
  isCopy: fc.boolean(),
  detail: fc.option(
    plain({
      source: fc.oneof(text, fc.constantFrom('night.tar.gz!a#0', 'night.tar.gz!b#0', 'night 😀', 'night 😁')),
      raDeg: finite,
      decDeg: finite,
      metadata,
    }),
  ),
});

const version = plain({ flux, fluxErr: flux, sinceRevision: count, packet: fc.nat(9) });

const object: fc.Arbitrary<ObjectState> = fc
  .record({
    survey: text,
    objectId: surveyId,
    revision: count,
    reproducibleFrom: count,
    records: fc.array(record, { maxLength: 5 }),
    otherPackets: fc.array(identity, { minLength: 1, maxLength: 5 }),
    joins: fc.array(plain({ spectrumId: text, revision: count }), { maxLength: 3 }),
    points: fc.array(
      plain({
        kind: fc.constantFrom('detection', 'upperLimit', 'forced'),
        alertId: fc.oneof(surveyId, fc.constant(null)),
        mjd: finite,
        band: text,
        newest: version,
        earlier: fc.array(version, { maxLength: 2 }),
      }),
      { maxLength: 30 },
    ),
  })
  .map(({ otherPackets, points, ...rest }) => {
    const packets = [...rest.records.map(({ identity: known }) => known), ...otherPackets];
    return {
      ...rest,
      points: points.map(({ newest, earlier, ...key }) => {
        const versionOf = (of: typeof newest) => ({
          point: pointOf({ ...key, flux: of.flux, fluxErr: of.fluxErr }),
          sinceRevision: of.sinceRevision,
          packet: packets[of.packet % packets.length] ?? { mjdTai: mjdTai(0), alertId: 0n, band: '' },
        });
        return { ...versionOf(newest), earlier: earlier.map(versionOf) };
      }),
    };
  });

function isUnreadable(error: unknown): true {
  assert.ok(error instanceof PipelineError, String(error));
  assert.equal(error.code, 'STORE_UNREADABLE');
  assert.match(error.message, /^Cannot read object "ztf\/X" from the store as its bytes are damaged: /);
  return true;
}

test('decodeObject() gives back what encodeObject() took', () => {
  fc.assert(
    fc.property(object, (state) => {
      assert.deepEqual(decodeObject(encodeObject(state), 'ztf/X'), state);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('decodeObject() keeps packets shared that were shared', () => {
  const packet = { mjdTai: mjdTai(10), alertId: 1n, band: '' };
  const stored = { point: pointOf({ mjd: 10 }), sinceRevision: 1, packet, earlier: [] };
  const state: ObjectState = {
    survey: 'ztf',
    objectId: 'X',
    revision: 1,
    reproducibleFrom: 1,
    points: [stored],
    records: [{ identity: packet, revision: 1, isLate: false, isCopy: false, detail: null }],
    joins: [],
  };
  const decoded = decodeObject(encodeObject(state), 'ztf/X');
  assert.equal(decoded.points[0]?.packet, decoded.records[0]?.identity);
});

test('decodeObject() rejects damaged bytes by the name of the object', () => {
  fc.assert(
    fc.property(object, fc.nat(), fc.integer({ min: 1, max: 255 }), (state, at, change) => {
      const bytes = encodeObject(state);
      const index = at % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(index) ^ change, index);
      assert.throws(() => decodeObject(bytes, 'ztf/X'), isUnreadable);
      assert.throws(() => decodeObject(bytes.subarray(0, index), 'ztf/X'), isUnreadable);
    }),
    { seed: 2, numRuns: 300 },
  );
});

test('decodeObject() rejects nonsense with a right checksum, in bounded memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (content) => {
      // Form 1, version 1, then anything.
      const body = Buffer.concat([Buffer.of(1, 1), content]);
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32LE(crc32(body));
      try {
        decodeObject(Buffer.concat([body, checksum]), 'ztf/X');
      } catch (error) {
        isUnreadable(error);
      }
    }),
    { seed: 3, numRuns: 2000 },
  );
});

test('decodeObject() rejects a version that it does not know', () => {
  const writer = new ByteWriter();
  writer.byte(2);
  assert.throws(() => decodeObject(writer.finish(), 'ztf/X'), isUnreadable);
});

test('decodeSpectrum() gives back what encodeSpectrum() took', () => {
  const kept = {
    sequence: 300,
    joinedKeys: ['ztf/X', 'lsst/1'],
    spectrum: spectrumOf({ spectrumId: 'é#1', objectId: 'X', raDeg: 1.5, decDeg: -90 }),
  };
  assert.deepEqual(decodeSpectrum(encodeSpectrum(kept), 'é#1'), kept);
  const bare = { sequence: 1, joinedKeys: [], spectrum: { ...spectrumOf(), fluxErr: null } };
  assert.deepEqual(decodeSpectrum(encodeSpectrum(bare), 'a'), bare);
  const bytes = encodeSpectrum(kept);
  bytes.writeUInt8(bytes.readUInt8(9) ^ 1, 9);
  assert.throws(() => decodeSpectrum(bytes, 'é#1'), /spectrum "é#1" from the store/);
});
