import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isLikeJson, readJson } from '../../../streams/messages/json-text.ts';

function read(text: string | Buffer): unknown {
  const result = readJson(Buffer.from(text));
  assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
  return result.value;
}

function fault(text: string | Buffer): string {
  const result = readJson(Buffer.from(text));
  assert.ok(!result.ok);
  assert.equal(result.rejection.code, 'JSON_INVALID');
  return result.rejection.reason;
}

/** As JSON.parse() has it, which rounds integers. */
function rounded(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
}

test('readJson() keeps 64-bit integers exact, and all else as JSON.parse() has it', () => {
  assert.deepEqual(read('[9007199254740991, 9007199254740993, -9223372036854775808, 9223372036854775807]'), [
    9007199254740991,
    9007199254740993n,
    -(2n ** 63n),
    2n ** 63n - 1n,
  ]);
  assert.deepEqual(read('[9223372036854775808, 1e300, 12345678901234567890123456789, 9007199254740993.0]'), [
    2 ** 63,
    1e300,
    1.2345678901234568e28,
    9007199254740992,
  ]);
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (text) => {
      assert.deepEqual(rounded(read(text)), JSON.parse(text));
    }),
    { seed: 6, numRuns: 300 },
  );
});

test('readJson() takes a byte order mark, and mends halves of surrogate pairs', () => {
  assert.deepEqual(read('\ufeff {"a": 1}'), { a: 1 });
  assert.ok(isLikeJson(Buffer.from('\ufeff \n[1]')));
  assert.ok(!isLikeJson(Buffer.from('"text"')));
  assert.ok(!isLikeJson(Buffer.alloc(0)));
  assert.deepEqual(read('["\\ud800x", "\\ud83d\\ude00"]'), ['\ufffdx', '😀']);
});

test('readJson() tells what is no JSON, in one clean line', () => {
  assert.match(fault('{"a": NaN}'), /NaN and Infinity are no JSON/);
  assert.match(fault('[-Infinity]'), /Cannot read a message as JSON/);
  assert.match(fault('[Infinity]'), /NaN and Infinity are no JSON/);
  assert.match(fault('{"a": 1, "a": 2}'), /[Dd]uplicate key 'a'/);
  assert.match(fault('{"a": 1'), /end/);
  assert.match(fault('[1] [2]'), /end of input/);
  assert.match(fault(''), /value expected/i);
  assert.match(fault(Buffer.from([0x22, 0xff, 0x22])), /not UTF-8/);
  assert.match(fault('["\u0001"]'), /^[^\p{C}]+$/u);
  assert.deepEqual(Object.keys(read('{"__proto__": {"x": 1}}') as object), ['__proto__']);
  assert.ok(!('x' in (read('{"__proto__": {"x": 1}}') as object)));
});

test('readJson() refuses nesting, values and texts above their limits before it parses', () => {
  assert.match(fault('['.repeat(65)), /nested more than 64 deep/);
  assert.match(fault('{"a":'.repeat(200_000)), /nested more than 64 deep/);
  assert.match(fault(`[${'1,'.repeat(1_000_001)}1]`), /more than 1000000 values/);
  assert.match(fault(`["${'x'.repeat(2 ** 21 + 1)}"]`), /a text of more than/);
  assert.match(fault(`["${'\\"'.repeat(2 ** 20 + 1)}`), /a text of more than/);
  assert.deepEqual(
    read(`${'['.repeat(64)}${']'.repeat(64)}`),
    JSON.parse(`${'['.repeat(64)}${']'.repeat(64)}`),
  );
  assert.deepEqual(read('["[[[[\\"{{{{"]'), ['[[[["{{{{']);
});

test('readJson() survives any bytes', () => {
  const tokens = fc.array(
    fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '1', '-', 'e9', '\\', 'null', ' '),
    {
      maxLength: 40,
    },
  );
  const bytes = fc.oneof(
    tokens.map((parts) => Buffer.from(parts.join(''))),
    fc.uint8Array({ maxLength: 60 }).map((random) => Buffer.from(random)),
  );
  fc.assert(
    fc.property(bytes, (hostile) => {
      assert.equal(typeof readJson(hostile).ok, 'boolean');
    }),
    { seed: 7, numRuns: 3000 },
  );
});
