import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { loadConfig } from '../../../core/index.ts';
import { createPacketDecoder, surveyAdapters } from '../../../streams/index.ts';
import { ReplayBench } from '../../helpers/replays.ts';
import {
  collected,
  containerBlock,
  containerHeader,
  testContainer,
  testAlert,
} from '../../helpers/test-packets.ts';
import { TOY_CONFIG, toyPacket } from '../../helpers/toy-survey.ts';

const bench = new ReplayBench();
const config = { ...TOY_CONFIG, archive: { order: 'stored' } } as const;

function file(name: string, bytes: Buffer): string {
  writeFileSync(bench.path(name), bytes);
  return bench.path(name);
}

function changed(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}

before(async () => {
  const { bytes } = toyPacket('a', 60_000);
  const schema = JSON.stringify(JSON.parse(schemaOf(bytes)));
  const paths = [
    file('empty.avro', Buffer.alloc(0)),
    file('noise.avro', Buffer.from('this is no packet')),
    file('magic.avro', changed(bytes, 3, 2)),
    file('cut.avro', bytes.subarray(0, bytes.length - 30)),
    file('sync.avro', changed(bytes, bytes.length - 1, 0)),
    file(
      'block.avro',
      Buffer.concat([containerHeader(schema, 'null'), containerBlock(2, Buffer.alloc(5, 0xff))]),
    ),
    file(
      'deflate.avro',
      Buffer.concat([containerHeader(schema, 'deflate'), containerBlock(1, Buffer.alloc(9, 0xff))]),
    ),
    file('codec.avro', Buffer.concat([containerHeader(schema, 'lzo'), containerBlock(1, Buffer.alloc(9))])),
    file(
      'schema.avro',
      Buffer.concat([containerHeader('{"type":"recor"}', 'null'), containerBlock(1, Buffer.alloc(9))]),
    ),
    file('unknown-id.bin', Buffer.from([0, 0, 0, 0x30, 0x39, 1, 2, 3])),
    file('other-survey.avro', await testContainer([[testAlert(1, 60_000)]])),
    file('pole.avro', toyPacket('a', 60_000, { dec: 91 }).bytes),
    file('no-flux.avro', toyPacket('a', 60_000, { flux: Number.NaN }).bytes),
    file('cut.avro.gz', gzipSync(bytes).subarray(0, 200)),
    await bench.tar('members.tar', [
      { memberName: 'in-tar.avro', bytes: Buffer.from('nothing of the kind') },
      toyPacket('b', 60_000),
    ]),
  ];
  await bench.replay({ paths, out: 'bad', config });
});
after(() => bench.close());

/** The schema text in a file's header, between the key and the end of the map. */
function schemaOf(container: Buffer): string {
  const text = container.toString('latin1');
  return text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
}

test('every bad file is one line, with what it is in its code', () => {
  const codes = bench.letters('bad').map(({ code, source }) => {
    const place = 'file' in source ? (source.member ?? source.file.slice(bench.folder.length + 1)) : '';
    return `${place} ${code}`;
  });
  assert.deepEqual(codes, [
    'empty.avro FILE_EMPTY',
    'noise.avro FORMAT_UNKNOWN',
    'magic.avro FORMAT_UNKNOWN',
    'cut.avro AVRO_TRUNCATED',
    'sync.avro AVRO_CORRUPT',
    'block.avro AVRO_CORRUPT',
    'deflate.avro AVRO_CORRUPT',
    'codec.avro AVRO_CODEC_UNKNOWN',
    'schema.avro SCHEMA_INVALID',
    'unknown-id.bin SCHEMA_ID_UNKNOWN',
    'other-survey.avro SURVEY_UNKNOWN',
    'pole.avro ALERT_OUT_OF_RANGE',
    'no-flux.avro ALERT_INCOMPLETE',
    'cut.avro.gz ARCHIVE_TRUNCATED',
    'in-tar.avro FORMAT_UNKNOWN',
  ]);
});

test('every line holds bytes of the length and digest that it says', () => {
  for (const letter of bench.letters('bad')) {
    const bytes = Buffer.from(letter.bytesBase64, 'base64');
    assert.equal(bytes.toString('base64'), letter.bytesBase64);
    assert.equal(bytes.length, letter.byteLength);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), letter.sha256);
    assert.deepEqual(Object.keys(letter), [
      'code',
      'reason',
      'source',
      'byteLength',
      'sha256',
      'bytesBase64',
    ]);
  }
});

test('the bytes of every line, decoded by themselves, are rejected with the same code', async () => {
  const { decode } = loadConfig(null, config);
  const decoder = createPacketDecoder({
    decode,
    registry: {
      schema: () => Promise.resolve({ ok: false, rejection: { code: 'SCHEMA_ID_UNKNOWN', reason: 'none' } }),
    },
    adapters: surveyAdapters(decode.mappings),
    withCutouts: false,
  });
  for (const { code, bytesBase64, source } of bench.letters('bad')) {
    const bytes = Buffer.from(bytesBase64, 'base64');
    const packets = await collected(decoder.decodeBlob({ file: 'again', bytes }));
    const codes = packets.map(({ result }) => (result.ok ? 'decoded' : result.rejection.code));
    // What was cut in the archive around it is, by itself, cut as a packet.
    const expected = code === 'ARCHIVE_TRUNCATED' ? 'AVRO_TRUNCATED' : code;
    assert.deepEqual(codes, [expected], JSON.stringify(source));
  }
});
