import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { METADATA_FIELD_NAMES, PipelineError, mjdTai } from '../../../core/index.ts';
import type { Metadata, MetadataField } from '../../../core/index.ts';
import type { AlertIdentity, AlertRecord } from '../../../streams/windows/alert-record.ts';
import { ByteWriter } from '../../../streams/windows/bytes.ts';
import { decodeKept, encodeKept } from '../../../streams/windows/kept-codec.ts';
import { METADATA_CODEC } from '../../../streams/windows/metadata-codec.ts';
import { decodeObject, encodeObject } from '../../../streams/windows/object-codec.ts';
import type { ObjectJoin } from '../../../streams/windows/object-joins.ts';
import type { ObjectState } from '../../../streams/windows/object-state.ts';
import { SPECTRUM_CODEC } from '../../../streams/windows/spectrum-codec.ts';
import { pointOf } from './alerts.ts';

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

const join: fc.Arbitrary<ObjectJoin> = fc.oneof(
  plain({ kind: fc.constant('spectrum'), id: text, revision: count }),
  plain({ kind: fc.constant('metadata'), id: text, metadata, revision: count }),
);

const version = plain({ flux, fluxErr: flux, sinceRevision: count, packet: fc.nat(9) });

const object: fc.Arbitrary<ObjectState> = fc
  .record({
    survey: text,
    objectId: surveyId,
    revision: count,
    reproducibleFrom: count,
    records: fc.array(record, { maxLength: 5 }),
    otherPackets: fc.array(identity, { minLength: 1, maxLength: 5 }),
    joins: fc.array(join, { maxLength: 6 }),
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
    fc.property(fc.constantFrom(1, 2), fc.uint8Array({ minLength: 1, maxLength: 60 }), (version, content) => {
      // Form 1, a version, then anything.
      const body = Buffer.concat([Buffer.of(1, version), content]);
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
  writer.byte(3);
  assert.throws(() => decodeObject(writer.finish(), 'ztf/X'), isUnreadable);
});

const kept = plain({
  sequence: count,
  arrivedMs: fc.option(fc.integer()),
  joinedKeys: fc.array(text, { maxLength: 3 }),
});
const place = { objectId: fc.option(text), raDeg: fc.option(finite), decDeg: fc.option(finite) };

test('decodeKept() gives back the spectrum that encodeKept() took', () => {
  const values = fc.array(finite, { minLength: 1 }).map((list) => Float64Array.from(list));
  const spectrum = plain({
    spectrumId: text,
    ...place,
    wavelengthAngstrom: values,
    flux: values,
    fluxErr: fc.option(values),
  });
  fc.assert(
    fc.property(kept, spectrum, (header, value) => {
      const whole = { ...header, value };
      assert.deepEqual(decodeKept(encodeKept(whole, SPECTRUM_CODEC), 'a', SPECTRUM_CODEC), whole);
    }),
    { seed: 4 },
  );
});

test('decodeKept() gives back the metadata record that encodeKept() took, and rejects it damaged', () => {
  const record = plain({ recordId: text, ...place, metadata });
  fc.assert(
    fc.property(kept, record, fc.nat(), fc.integer({ min: 1, max: 255 }), (header, value, at, change) => {
      const whole = { ...header, value };
      const bytes = encodeKept(whole, METADATA_CODEC);
      assert.deepEqual(decodeKept(bytes, 'é#1', METADATA_CODEC), whole);
      const index = at % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(index) ^ change, index);
      const damaged = /^Cannot read metadata record "é#1" from the store as its bytes are damaged: /;
      for (const cut of [bytes, bytes.subarray(0, index)]) {
        assert.throws(() => decodeKept(cut, 'é#1', METADATA_CODEC), {
          code: 'STORE_UNREADABLE',
          message: damaged,
        });
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});

test('decodeKept() rejects nonsense with a right checksum, and a version that it does not know', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 3), fc.uint8Array({ maxLength: 60 }), (version, content) => {
      const body = Buffer.concat([Buffer.of(1, version), content]);
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32LE(crc32(body));
      const bytes = Buffer.concat([body, checksum]);
      for (const decode of [
        () => decodeKept(bytes, 'a', METADATA_CODEC),
        () => decodeKept(bytes, 'a', SPECTRUM_CODEC),
      ]) {
        if (version === 3) assert.throws(decode, /version 3/);
        else unreadableOrNothing(decode);
      }
    }),
    { seed: 6, numRuns: 1000 },
  );
});

function unreadableOrNothing(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    assert.ok(error instanceof PipelineError, String(error));
    assert.equal(error.code, 'STORE_UNREADABLE');
  }
}
