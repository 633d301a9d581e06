import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { loadConfig } from '../../../core/index.ts';
import type { Result, Spectrum } from '../../../core/index.ts';
import { readSpectrumMessage, retryHeaders } from '../../../streams/index.ts';
import { avroMessages, messageRecords } from '../../helpers/message-records.ts';
import { topicMessage } from '../../helpers/topic-message.ts';

const NUMBERS = { type: 'array', items: 'double' } as const;
const SCHEMA = {
  type: 'record',
  name: 'spectrum',
  namespace: 'observatory',
  fields: [
    { name: 'objectId', type: ['null', 'string', 'long'] },
    { name: 'raDeg', type: ['null', 'double'] },
    { name: 'decDeg', type: ['null', 'double'] },
    { name: 'wavelengthAngstrom', type: NUMBERS },
    { name: 'flux', type: { type: 'array', items: ['null', 'float'] } },
    { name: 'fluxErr', type: ['null', NUMBERS] },
    { name: 'note', type: 'string' },
  ],
};
const RECORDS = messageRecords(SCHEMA);
const { join } = loadConfig(null);
const WAVELENGTHS = Array.from({ length: 12 }, (_, i) => 5000 + i);
const SPECTRUM = {
  objectId: 'ZTF1',
  raDeg: 10.5,
  decDeg: -5.5,
  wavelengthAngstrom: WAVELENGTHS,
  flux: WAVELENGTHS.map((_, i) => i),
  fluxErr: WAVELENGTHS.map(() => 0.5),
  note: '',
};

function read(value: Buffer | string | null, samplesMax = 100): Promise<Result<Spectrum>> {
  const limits = { ...join, spectrumSamplesMax: samplesMax };
  return readSpectrumMessage(topicMessage(value, { topic: 'spectra' }), { records: RECORDS, join: limits });
}

async function spectrumOf(record: object): Promise<Spectrum> {
  const result = await read(JSON.stringify(record));
  assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
  return result.value;
}

test('readSpectrumMessage() reads the same from JSON, Confluent wire format and an Avro file', async () => {
  const { confluent, container } = avroMessages(SCHEMA, SPECTRUM);
  const wanted: Spectrum = {
    spectrumId: 'spectra/2@5',
    objectId: 'ZTF1',
    raDeg: 10.5,
    decDeg: -5.5,
    wavelengthAngstrom: Float64Array.from(WAVELENGTHS),
    flux: Float64Array.from(SPECTRUM.flux),
    fluxErr: Float64Array.from(SPECTRUM.fluxErr),
  };
  for (const value of [JSON.stringify(SPECTRUM), confluent, container, gzipSync(container)]) {
    assert.deepEqual(await read(value), { ok: true, value: wanted });
  }
});

test('readSpectrumMessage() takes an id of 64 bits, or a position alone, and the id of a retried message', async () => {
  const id = 2n ** 60n + 1n;
  const { confluent } = avroMessages(SCHEMA, { ...SPECTRUM, objectId: 5 });
  const fromAvro = await read(confluent);
  assert.ok(fromAvro.ok && fromAvro.value.objectId === '5');
  const json = JSON.stringify(SPECTRUM).replace('"ZTF1"', String(id));
  const fromJson = await read(json);
  assert.ok(fromJson.ok && fromJson.value.objectId === String(id));
  const placed = await spectrumOf({ ...SPECTRUM, objectId: null, raDeg: 360 });
  assert.deepEqual([placed.objectId, placed.raDeg, placed.decDeg], [null, 0, -5.5]);
  const headers = retryHeaders({ topic: 'spectra', partition: 0, offset: 1n });
  const retried = topicMessage(JSON.stringify(SPECTRUM), { topic: 'retries', headers });
  const again = await readSpectrumMessage(retried, { records: RECORDS, join });
  assert.ok(again.ok && again.value.spectrumId === 'spectra/0@1~retries/2@5');
});

test('readSpectrumMessage() takes the names and units of tables, nulls as bad samples, and inverse variances', async () => {
  const spectrum = await spectrumOf({
    name: 'X',
    ra: 1,
    dec: 400,
    wave_nm: WAVELENGTHS.map((angstrom) => angstrom / 10),
    flux: [null, ...WAVELENGTHS.slice(1)],
    ivar: WAVELENGTHS.map(() => 4),
    mask: WAVELENGTHS.map((_, i) => i === 3),
  });
  assert.deepEqual([spectrum.objectId, spectrum.raDeg, spectrum.decDeg], ['X', null, null]);
  assert.equal(spectrum.wavelengthAngstrom.length, 10);
  assert.equal(spectrum.wavelengthAngstrom[0], 5001);
  assert.deepEqual(new Set(spectrum.fluxErr), new Set([0.5]));
});

test('readSpectrumMessage() rejects what is no spectrum, naming why', async () => {
  const { confluent, container } = avroMessages(SCHEMA, SPECTRUM);
  const { note: _, ...rest } = SPECTRUM;
  assert.equal(_, '');
  const cases: readonly (readonly [Buffer | string | null, string, RegExp])[] = [
    [null, 'FILE_EMPTY', /tombstone/],
    ['{"objectId": "A"', 'JSON_INVALID', /JSON/],
    [`[${JSON.stringify(rest)},${JSON.stringify(rest)}]`, 'FORMAT_UNKNOWN', /holds several/],
    [JSON.stringify({ ...rest, objectId: null, raDeg: null }), 'SPECTRUM_INVALID', /object or its position/],
    [JSON.stringify({ ...rest, flux: 5 }), 'SPECTRUM_INVALID', /lists of wavelength and flux/],
    [JSON.stringify({ ...rest, flux: [1] }), 'SPECTRUM_INVALID', /one length/],
    [
      JSON.stringify({ ...rest, fluxErr: WAVELENGTHS.map(() => 'x'), flux: [] }),
      'SPECTRUM_INVALID',
      /length/,
    ],
    [JSON.stringify({ ...rest, wavelengthAngstrom: Array(101).fill(1) }), 'SPECTRUM_INVALID', /at most 100/],
    [confluent.subarray(0, -1), 'AVRO_TRUNCATED', /end/],
    [Buffer.concat([confluent, Buffer.alloc(1)]), 'AVRO_CORRUPT', /left over/],
    [Buffer.concat([Buffer.from([0, 0, 0, 0, 8]), confluent]), 'SCHEMA_ID_UNKNOWN', /Cannot find 8/],
    [container.subarray(0, -1), 'AVRO_TRUNCATED', /ends/],
    [Buffer.alloc(500_001, 'x'), 'PACKET_TOO_LARGE', /500001/],
    ['hello', 'FORMAT_UNKNOWN', /as JSON, a Confluent message or an Avro file/],
    [
      JSON.stringify(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`f${i}`, 1]))),
      'PACKET_TOO_LARGE',
      /1000 fields/,
    ],
  ];
  for (const [value, code, why] of cases) {
    const result = await read(value);
    assert.ok(!result.ok, String(why));
    assert.equal(result.rejection.code, code, result.rejection.reason);
    assert.match(result.rejection.reason, why);
  }
});

test('readSpectrumMessage() survives any bytes', async () => {
  const { confluent, container } = avroMessages(SCHEMA, SPECTRUM);
  const seeds = [confluent, container, Buffer.from(JSON.stringify(SPECTRUM))];
  const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
    maxLength: 4,
  });
  const mutated = fc.tuple(fc.constantFrom(...seeds), changes).map(([seed, changed]) => {
    const copy = Buffer.from(seed);
    for (const [at, byte] of changed) copy[Math.floor(at * (copy.length - 1))] = byte;
    return copy;
  });
  const record = fc
    .dictionary(fc.constantFrom('objectId', 'flux', 'wave', 'err', 'mask', 'ra', 'dec'), fc.jsonValue())
    .map((json) => Buffer.from(JSON.stringify(json)));
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutated, record), async (bytes) => {
      const result = await read(bytes);
      if (result.ok) assert.ok(result.value.wavelengthAngstrom.length >= 10);
    }),
    { seed: 10, numRuns: 800 },
  );
});
