import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { Schema } from 'avsc';
import fc from 'fast-check';
import { loadConfig } from '../../../core/index.ts';
import type { Alert } from '../../../core/index.ts';
import {
  createPacketDecoder,
  decodeSlimAlert,
  encodeSlimAlert,
  listArchiveInputs,
  openSchemaRegistry,
  readArchives,
  surveyAdapters,
} from '../../../streams/index.ts';
import { schemaFingerprint } from '../../../streams/messages/single-object.ts';
import { SLIM_ALERT_SCHEMA, SLIM_ALERT_TYPE } from '../../../streams/messages/slim-alert-schema.ts';
import { anyAlert } from '../../helpers/any-alert.ts';
import { realData } from '../../helpers/real-data.ts';

const HEAD_BYTES = 10;

function outcome(bytes: Buffer): string {
  const result = decodeSlimAlert(bytes);
  return result.ok ? 'ok' : `${result.rejection.code} ${result.rejection.reason}`;
}

const [SAMPLE] = fc.sample(
  anyAlert.filter((alert) => alert.points.length > 2),
  { seed: 5, numRuns: 1 },
) as [Alert];

test('decodeSlimAlert() gives what encodeSlimAlert() was given, for any alert', () => {
  fc.assert(
    fc.property(anyAlert, (alert) => {
      const result = decodeSlimAlert(encodeSlimAlert(alert));
      assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
      assert.deepEqual(result.value, alert);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('encodeSlimAlert() leaves out the bytes of cutouts and keeps their names', () => {
  const cutouts = [{ name: 'science', bytes: Buffer.alloc(1000) }];
  const bytes = encodeSlimAlert({ ...SAMPLE, cutoutNames: ['science'], cutouts });
  const result = decodeSlimAlert(bytes);
  assert.ok(result.ok);
  assert.deepEqual([result.value.cutoutNames, result.value.cutouts], [['science'], []]);
});

test('schemaFingerprint() is the CRC-64-AVRO of other implementations', () => {
  // Apache Avro's test data, share/test/data/schema-tests.txt.
  assert.equal(schemaFingerprint('int'), 0x7275d51a3f395c8fn);
  assert.equal(schemaFingerprint('null'), 0x63dd24e7cc258f8an);
  assert.equal(schemaFingerprint('float'), 0x4d7c02cb3ea8d790n);
});

test('the schema of slim alerts is the one whose messages lie in topics', () => {
  // A new value needs a reader that knows this one too.
  const fingerprint = schemaFingerprint(SLIM_ALERT_SCHEMA as unknown as Schema);
  assert.equal(fingerprint.toString(16), '622212c20f86e44a');
  assert.equal(encodeSlimAlert(SAMPLE).readUInt16BE(), 0xc301);
  assert.equal(encodeSlimAlert(SAMPLE).readBigUInt64LE(2), fingerprint);
});

test('decodeSlimAlert() tells another schema, other bytes, every cut, and bytes left over', () => {
  const bytes = encodeSlimAlert(SAMPLE);
  const other = Buffer.from(bytes);
  other[3] = (other[3] ?? 0) ^ 1;
  assert.match(outcome(other), /^SCHEMA_ID_UNKNOWN .* of schema 0x[0-9a-f]{16}: current value is 0x/);
  for (let length = 0; length < bytes.length; length++) {
    const wanted = length < HEAD_BYTES ? /^FORMAT_UNKNOWN/ : /^AVRO_(TRUNCATED|CORRUPT)/;
    assert.match(outcome(bytes.subarray(0, length)), wanted, `${length} of ${bytes.length}`);
  }
  assert.match(outcome(Buffer.concat([bytes, Buffer.alloc(2)])), /^AVRO_CORRUPT .* 2 bytes are left over/);
});

test('decodeSlimAlert() takes no values that no alert has', () => {
  const cases: readonly (readonly [Partial<Alert>, RegExp])[] = [
    [{ raDeg: 360 }, /position/],
    [{ decDeg: Number.NaN }, /position/],
    [{ mjdTai: 1e9 as Alert['mjdTai'] }, /1990 to 2100/],
    [{ band: 'gr' }, /one letter/],
    [{ diffFluxNjy: Infinity as Alert['diffFluxNjy'] }, /finite/],
    [{ diffFluxErrNjy: 0 as Alert['diffFluxErrNjy'] }, /above 0/],
    [{ totalFluxNjy: Number.NaN as Alert['diffFluxNjy'] }, /finite/],
    [{ realBogusRatio: 1.5 }, /0 to 1/],
    [{ objectId: '' }, /identifiers/],
    [{ alertId: 'a\nb' }, /identifiers/],
    [{ survey: '' }, /survey/],
    [{ historyCounts: { detection: -1, upperLimit: 0, forced: 0 } }, /counts/],
    [{ points: [{ ...SAMPLE.points[0], band: '' } as Alert['points'][0]] }, /one letter/],
    [{ points: [{ ...SAMPLE.points[0], alertId: '\u0000' } as Alert['points'][0]] }, /points’ identifiers/],
  ];
  for (const [change, why] of cases) {
    const found = outcome(encodeSlimAlert({ ...SAMPLE, ...change }));
    assert.match(found, /^ALERT_OUT_OF_RANGE/);
    assert.match(found, why);
  }
  const body = SLIM_ALERT_TYPE.toBuffer({
    ...SAMPLE,
    ...{ objectId: 'x', alertId: null, points: [], detections: 0, upperLimits: 0, forced: 0 },
    ...{ message: null, file: null, retryMessage: null, retryLine: null },
  });
  const head = encodeSlimAlert(SAMPLE).subarray(0, HEAD_BYTES);
  assert.match(outcome(Buffer.concat([head, body])), /^AVRO_CORRUPT .* no source/);
});

test('decodeSlimAlert() survives any bytes', () => {
  const bytes = encodeSlimAlert(SAMPLE);
  const head = bytes.subarray(0, HEAD_BYTES);
  const changed = fc
    .array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      const copy = Buffer.from(bytes);
      for (const [at, byte] of changes) copy[at] = byte;
      return copy;
    });
  const random = fc.uint8Array({ maxLength: 200 }).map((body) => Buffer.concat([head, body]));
  fc.assert(
    fc.property(fc.oneof(changed, random), (hostile) => {
      assert.match(outcome(hostile), /^(ok|[A-Z_]+ Cannot .+)$/su);
    }),
    { seed: 2, numRuns: 2000 },
  );
});

test('slim alerts hold real packets exactly', async (context) => {
  const alerts = realData(context, 'data', 'alerts');
  const schemas = realData(context, 'data', 'schemas', 'lsst');
  if (alerts === null || schemas === null) return;
  const config = loadConfig(null, { archive: { order: 'stored' } });
  const registry = await openSchemaRegistry({ registry: config.registry, schemasDir: schemas });
  const adapters = surveyAdapters(config.decode.mappings);
  const decoder = createPacketDecoder({ decode: config.decode, registry, adapters, withCutouts: false });
  const folders = ['lsst/confluent', 'lsst/confluent_v10_0_reencoded', 'lsst/ocf', 'other'];
  const inputs = await listArchiveInputs(folders.map((folder) => path.join(alerts, folder)));
  let count = 0;
  for await (const { result } of readArchives(inputs, { decoder, archive: config.archive })) {
    if (!result.ok) continue;
    const slim = decodeSlimAlert(encodeSlimAlert(result.value));
    assert.ok(slim.ok);
    assert.deepEqual(slim.value, result.value);
    count++;
  }
  assert.ok(count > 90, `${count} packets`);
});
