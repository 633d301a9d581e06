import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { realData } from '../helpers/real-data.ts';
import { registerLsstSchemas } from '../helpers/services/lsst-schemas.ts';
import { startPostgres } from '../helpers/services/postgres.ts';
import { startSchemaRegistry } from '../helpers/services/schema-registry.ts';

test('startPostgres() gives a database that keeps its rows over a kill and a restart', async (context) => {
  const postgres = await startPostgres(context);
  if (postgres === null) return;
  const count = async (url: string, statement: string): Promise<unknown> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ n: string }>(statement);
    await client.end();
    return rows[0]?.n;
  };
  await count(postgres.url, 'create table t as select 7 as n');
  await postgres.kill();
  await postgres.start();
  await postgres.restart();
  assert.equal(await count(postgres.url, 'select n from t'), 7);
  const { url, password } = postgres.withPassword;
  await assert.rejects(count(url, 'select 1 as n'), /password/);
  assert.equal(await count(url.replace('@', `:${password}@`), 'select 1 as n'), 1);
});

test('SchemaRegistryServer registers a schema once, and answers as documented', async (context) => {
  const registry = await startSchemaRegistry(context);
  const ask = async (resource: string, sent?: unknown): Promise<unknown> => {
    const post = { method: 'POST', body: JSON.stringify(sent) };
    const response = await fetch(registry.url + resource, sent === undefined ? {} : post);
    return response.json();
  };
  const schema = '{"type":"string"}';
  assert.deepEqual(await ask('/subjects/a-value/versions', { schema }), { id: 1 });
  assert.deepEqual(await ask('/subjects/b-value/versions', { schema }), { id: 1 });
  assert.deepEqual(await ask('/subjects/a-value/versions', { schema: '"int"' }), { id: 2 });
  assert.deepEqual(await ask('/subjects/a-value/versions', { schema: '"int"' }), { id: 2 });
  assert.deepEqual(await ask('/schemas/ids/1'), { schema });
  assert.deepEqual(await ask('/schemas/ids/2/versions'), [{ subject: 'a-value', version: 2 }]);
  assert.deepEqual(await ask('/subjects/a-value/versions/latest'), {
    subject: 'a-value',
    version: 2,
    id: 2,
    schema: '"int"',
  });
  const failures = [
    ['/schemas/ids/3', 40403],
    ['/subjects/c/versions/1', 40401],
    ['/subjects/a-value/versions/3', 40402],
    ['/subjects/a-value/versions/x', 42202],
  ] as const;
  for (const [resource, code] of failures)
    assert.equal(((await ask(resource)) as { error_code: number }).error_code, code, resource);
  await registry.stop();
  await assert.rejects(ask('/subjects'));
  await registry.start();
  assert.deepEqual(await ask('/subjects'), ['a-value', 'b-value']);
});

test('registerLsstSchemas() gives each version one schema without open names', async (context) => {
  const schemas = realData(context, 'data', 'schemas', 'lsst');
  if (schemas === null) return;
  const registry = await startSchemaRegistry(context);
  registerLsstSchemas(registry, schemas);
  for (const id of [700, 704, 800, 900, 1000, 1100, 1101]) {
    const response = await fetch(`${registry.url}/schemas/ids/${id}/schema`);
    const { fields } = (await response.json()) as { fields: { name: string; type: unknown }[] };
    const source = fields.find(({ name }) => name === 'diaSource');
    assert.equal(typeof source?.type, 'object', `${id}`);
  }
});
