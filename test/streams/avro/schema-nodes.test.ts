import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSchema, parseSchemaText } from '../../../streams/avro/schema-nodes.ts';

function parse(
  root: unknown,
  named: ReadonlyMap<string, unknown> = new Map(),
): ReturnType<typeof parseSchema> {
  return parseSchema({ root, named });
}

function reasonOf(root: unknown): string {
  const result = parse(root);
  assert.ok(!result.ok && result.rejection.code === 'SCHEMA_INVALID');
  return result.rejection.reason;
}

function record(name: string, fields: Readonly<Record<string, unknown>>): unknown {
  return {
    type: 'record',
    name,
    fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
  };
}

test('parseSchema() takes the definition in place where a name is defined twice', () => {
  const first = { type: 'record', name: 'x.cutout', fields: [{ name: 'a', type: 'int' }] };
  const second = { type: 'record', name: 'x.cutout', fields: [{ name: 'b', type: 'long' }] };
  const result = parse(record('x.alert', { one: first, two: second, three: 'x.cutout' }));
  assert.ok(result.ok && result.value.kind === 'record');
  const fieldNames = result.value.fields.map(({ type }) =>
    type.kind === 'record' ? type.fields[0]?.name : '',
  );
  assert.deepEqual(fieldNames, ['a', 'b', 'b']);
});

test('parseSchema() does not mind invalid defaults, unknown logical types and doubled fields', () => {
  const fields = [
    { name: 'a', type: 'int', default: null },
    { name: 'b', type: { type: 'long', logicalType: 'no-such-type' } },
    { name: 'a', type: ['float', 'null'], default: null },
  ];
  assert.ok(parse({ type: 'record', name: 'alert', fields }).ok);
});

test('parseSchema() finds names in namespaces, and in the schemas that it is given', () => {
  const point = { type: 'record', name: 'point', namespace: 'v1', fields: [{ name: 'x', type: 'float' }] };
  const alert = { type: 'record', name: 'alert', namespace: 'v1', fields: [{ name: 'p', type: 'point' }] };
  const result = parse(alert, new Map([['v1.point', point]]));
  assert.ok(result.ok && result.value.kind === 'record');
  assert.equal(result.value.fullName, 'v1.alert');
  assert.equal(result.value.fields[0]?.type.kind, 'record');
  assert.match(reasonOf(alert), /refers to "point", which is not defined/);
});

test('parseSchema() leaves out fields that take no bytes, and takes records that refer to themselves', () => {
  const result = parse(
    record('tree', {
      nothing: 'null',
      empty: record('empty', {}),
      children: { type: 'array', items: 'tree' },
      next: ['null', 'tree'],
    }),
  );
  assert.ok(result.ok && result.value.kind === 'record');
  assert.deepEqual(
    result.value.fields.map(({ name }) => name),
    ['children', 'next'],
  );
});

test('parseSchema() refuses what would let a few bytes cause unbounded work', () => {
  assert.match(
    reasonOf(record('a', { x: { type: 'array', items: 'null' } })),
    /array of values that take no bytes/,
  );
  let bomb: unknown = 'boolean';
  for (let level = 0; level < 30; level++)
    bomb = record(`r${level}`, { a: bomb, b: level === 0 ? 'int' : `r${level - 1}` });
  assert.match(reasonOf(bomb), /expands to more than/);
  let deep: unknown = 'int';
  for (let level = 0; level < 100; level++) deep = { type: 'array', items: deep };
  assert.match(reasonOf(deep), /nested more than/);
});

test('parseSchema() names what is wrong with a schema', () => {
  assert.match(reasonOf(record('a', { x: 5 })), /"5" is not a type/);
  assert.match(reasonOf({ type: 'record', name: 'a' }), /"a" has no list of fields/);
  assert.match(reasonOf(record('a', { x: [] })), /union without branches/);
  assert.match(reasonOf(record('a', { x: [['int'], 'null'] })), /union within a union/);
  assert.match(
    reasonOf(record('a', { x: { type: 'fixed', name: 'f', size: -1 } })),
    /fixed type of "-1" bytes/,
  );
  assert.match(reasonOf(record('a', { x: { type: 'enum', name: 'e' } })), /enum without symbols/);
});

test('parseSchemaText() tells text that is no JSON', () => {
  const result = parseSchemaText('{"type": ');
  assert.ok(!result.ok && result.rejection.reason.startsWith("Cannot read the writer's schema as JSON"));
});
