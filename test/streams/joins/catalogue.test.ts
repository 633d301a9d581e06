import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Config } from '../../../core/index.ts';
import { loadConfig, PipelineError } from '../../../core/index.ts';
import type { Catalogue } from '../../../streams/joins/catalogue.ts';
import { openCatalogue } from '../../../streams/joins/catalogue.ts';
import { realData } from '../../helpers/real-data.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const JOIN = loadConfig(null).join;

async function fileWith(
  context: TestContext,
  content: string | Uint8Array,
  name = 'catalogue.csv',
): Promise<string> {
  const file = path.join(await temporaryFolder(context), name);
  await writeFile(file, content);
  return file;
}

async function catalogueOf(
  context: TestContext,
  content: string | Uint8Array,
  join: Partial<Config['join']> = {},
): Promise<Catalogue> {
  return openCatalogue({ file: await fileWith(context, content), join: { ...JOIN, ...join } });
}

async function failureOf(opening: Promise<unknown>): Promise<PipelineError> {
  const error: unknown = await opening.then(
    () => null,
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof PipelineError, String(error));
  assert.ok(!error.message.includes('\n'));
  return error;
}

test('openCatalogue() reads CSV, and skips and counts rows without a possible position', async (t) => {
  const lines = [
    'name,ra,dec,parallax,z',
    '"a,1",10.5,-3,1.25,0.5',
    'b,11,north,2,',
    'c,400,2,2,',
    'd,12,91,2,',
    'e,360,4,,nan',
  ];
  const catalogue = await catalogueOf(t, lines.join('\n'));
  assert.deepEqual([catalogue.rows, catalogue.skippedRows], [2, 3]);
  assert.deepEqual(catalogue.fields, ['parallaxMas', 'hostRedshift']);
  const match = catalogue.match(10.5, -3);
  assert.deepEqual(match?.metadata, { parallaxMas: 1.25, hostRedshift: 0.5 });
  assert.equal(match.candidates[0]?.catalogueId, 'a,1');
  assert.deepEqual(catalogue.match(0, 4)?.metadata, {});
});

test('openCatalogue() reads gzipped text, other separators and VizieR comments and unit lines', async (t) => {
  const vizier = '# Gaia\n#\n_RAJ2000\t_DEJ2000\tGmag\ndeg\tdeg\tmag\n----\t----\t----\n10.25\t20.5\t15\n';
  for (const content of [gzipSync('ra;dec;Gmag\n10.25;20.5;15\n'), 'ra|dec|Gmag\n10.25|20.5|15\n', vizier]) {
    const catalogue = await catalogueOf(t, content);
    assert.deepEqual(catalogue.match(10.25, 20.5)?.metadata, { gaiaGMag: 15 });
  }
});

test('openCatalogue() takes values that mark missing ones, or cannot be, as missing', async (t) => {
  const catalogue = await catalogueOf(t, 'ra,dec,j_mag,z,ebv,sgscore\n1,2,99.99,-999,0.5,-1\n');
  assert.deepEqual(catalogue.match(1, 2)?.metadata, { milkyWayEbvMag: 0.5 });
});

test('openCatalogue() takes a file name with wildcards literally', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, "o'c[1]*?.csv"), 'ra,dec,z\n1,2,0.5\n');
  await writeFile(path.join(folder, "o'c1x.csv"), 'ra,dec,z\n3,4,0.5\n');
  const catalogue = await openCatalogue({ file: path.join(folder, "o'c[1]*?.csv"), join: JOIN });
  assert.deepEqual([catalogue.rows, catalogue.match(3, 4)], [1, null]);
});

test('openCatalogue() keeps each candidate of an ambiguous match up to the limit', async (t) => {
  const join = { metadataRadiusArcsec: 3600, metadataCandidatesMax: 2 };
  const catalogue = await catalogueOf(t, 'id,ra,dec,z\n7,1,2.3,1\n8,1,2.1,2\n9,1,2.2,3\n', join);
  const match = catalogue.match(1, 2);
  assert.deepEqual(
    match?.candidates.map(({ catalogueId }) => catalogueId),
    ['8', '9'],
  );
});

test('openCatalogue() is CATALOGUE_INVALID in one line that says what was looked for', async (t) => {
  for (const [content, expected] of [
    ['name,parallax\na,1\n', /lacks a position in degrees .*current columns are "name", "parallax"/],
    ['ra,dec,comment\n1,2,x\n', /lacks any metadata column/],
    ['ra,dec,z\n00:01:02,+03 04 05,1\n', /must hold degrees .*no usable position in 1 rows/],
    ['ra,dec,z\n', /no usable position in 0 rows/],
    ['', /lacks a position/],
    ['PAR1 is not all it takes', /Cannot use/],
  ] as const) {
    const error = await failureOf(catalogueOf(t, content));
    assert.equal(error.code, 'CATALOGUE_INVALID');
    assert.match(error.message, expected);
  }
});

test('openCatalogue() tells a missing file and a folder from a bad one', async (t) => {
  const folder = await temporaryFolder(t);
  const missing = await failureOf(openCatalogue({ file: path.join(folder, 'none.csv'), join: JOIN }));
  assert.equal(missing.code, 'INPUT_NOT_FOUND');
  assert.equal((await failureOf(openCatalogue({ file: folder, join: JOIN }))).code, 'INPUT_UNREADABLE');
});

test('openCatalogue() stops at the limit of rows', async (t) => {
  const content = `ra,dec,z\n${Array.from({ length: 50 }, (_, i) => `${i},0,1`).join('\n')}\n`;
  const error = await failureOf(catalogueOf(t, content, { metadataRowsMax: 49 }));
  assert.equal(error.code, 'CATALOGUE_INVALID');
  assert.match(error.message, /join\.metadataRowsMax is 49: current value is more than 49 rows/);
});

test('openCatalogue() lets the process exit, and reads Parquet with its integer ids', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'rows.parquet');
  const streams = pathToFileURL(
    path.resolve(import.meta.dirname, '../../../streams/joins/catalogue.js'),
  ).href;
  const core = pathToFileURL(path.resolve(import.meta.dirname, '../../../core/index.js')).href;
  const program = `
    import { DuckDBInstance } from '@duckdb/node-api';
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(
      "COPY (SELECT 1.5 AS ra, 2.5 AS dec, 9007199254740993 AS source_id, 0.25::FLOAT AS z) " +
      ${JSON.stringify(`TO '${file}' (FORMAT parquet)`)});
    const { openCatalogue } = await import('${streams}');
    const { loadConfig } = await import('${core}');
    const catalogue = await openCatalogue({ file: ${JSON.stringify(file)}, join: loadConfig(null).join });
    console.log(JSON.stringify(catalogue.match(1.5, 2.5).candidates));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), [
    {
      catalogueId: '9007199254740993',
      raDeg: 1.5,
      decDeg: 2.5,
      separationArcsec: 0,
      metadata: { hostRedshift: 0.25 },
    },
  ]);
});

test('openCatalogue() finds every placed supernova of a real table at its own position', async (t) => {
  const file = realData(t, 'data', 'triples', 'supernovae.parquet');
  if (file === null) return;
  const catalogue = await openCatalogue({ file, join: JOIN });
  assert.deepEqual([catalogue.rows, catalogue.skippedRows], [555, 12]);
  assert.deepEqual(catalogue.fields, ['hostRedshift', 'milkyWayEbvMag']);
  const match = catalogue.match(333.62429583333335, -0.06767222222222222);
  assert.equal(match?.candidates[0]?.catalogueId, 'ps110awh');
  assert.equal(match.metadata.hostRedshift, Math.fround(0.908));
});
