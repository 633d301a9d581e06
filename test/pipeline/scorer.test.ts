import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics, mjdTai } from '../../core/index.ts';
import type { EmbeddedObject, Embedding, JoinedObject } from '../../core/index.ts';
import { Scorer } from '../../pipeline/scorer.ts';
import type { Subject } from '../../pipeline/subject.ts';
import type { Catalogue } from '../../streams/index.ts';
import { lightCurve, point, SOME_METADATA, someSpectrum } from '../helpers/joined-object.ts';

const NEIGHBOURS = [
  { objectId: 'n1', label: 'Mira', cosine: 0.123_456_789 },
  { objectId: 'n2', label: 'CV', cosine: -0.000_000_4 },
];

function embedded({ spectrum }: JoinedObject): Embedding {
  const vector = Float32Array.of(1);
  return {
    mask: spectrum === null ? 'P' : 'PS',
    photometry: vector,
    spectrum: spectrum === null ? null : vector,
    metadata: null,
  };
}

interface ScorerSketch {
  readonly embeddings?: readonly EmbeddedObject[];
  readonly catalogue?: Catalogue;
  readonly keepPeriods?: (periods: ReadonlyMap<string, Uint8Array>) => void;
}

function scorer(
  seen: JoinedObject[] = [],
  { embeddings, catalogue, keepPeriods }: ScorerSketch = {},
): Scorer {
  return new Scorer({
    embed: (objects) => {
      seen.push(...objects);
      return Promise.resolve(embeddings ?? objects.map(embedded));
    },
    detectors: { knn: { detect: () => ({ score: 0.987_654_321, neighbours: NEIGHBOURS }) } },
    catalogue: catalogue ?? null,
    release: 'some-release',
    metrics: new Metrics(),
    ...(keepPeriods === undefined ? {} : { keepPeriods }),
  });
}

function subject(values: Partial<Subject> & { readonly alertId?: bigint | null } = {}): Subject {
  const { alertId = 9_007_199_254_740_993n, ...others } = values;
  const points = [
    point(60_000, 1, { band: 'r' }),
    point(60_001, 1, { band: 'g' }),
    point(60_002, 1, { band: 'r' }),
  ];
  return {
    view: {
      key: 'ztf/test',
      revision: 7,
      lightCurve: lightCurve(points),
      packetMetadata: SOME_METADATA,
      joinedMetadata: {},
      spectrum: null,
    },
    cause: 'alert',
    alert: { alertId, mjdTai: mjdTai(60_002.25), raDeg: 150.5, decDeg: -20.25 },
    source: { file: 'a.tar', member: 'b.avro', memberIndex: 3, index: 0 },
    ...others,
  };
}

test('score() writes the fields of the contract in their order, and no others', async () => {
  const [record] = await scorer().score([subject()]);
  assert.equal(
    JSON.stringify(record),
    '{"survey":"ztf","objectId":"test","alertId":"9007199254740993","mjdTai":60002.25,"raDeg":150.5,"decDeg":-20.25,' +
      '"revision":7,"cause":"alert","mask":"P","points":3,"bands":"gr",' +
      '"novelty":{"pValue":null,"falseAlarmsPerNight":null,"detectors":{"knn":0.987654}},' +
      '"neighbours":[{"objectId":"n1","label":"Mira","cosine":0.123457},{"objectId":"n2","label":"CV","cosine":0}],' +
      '"release":"some-release","source":{"file":"a.tar","member":"b.avro","memberIndex":3,"index":0},"latencyMs":null}',
  );
});

test('score() keeps an alert without an id as null', async () => {
  const [record] = await scorer().score([subject({ alertId: null })]);
  assert.equal(record?.alertId, null);
});

test('score() gives the model the light curve, the metadata of packets, and the spectrum', async () => {
  const seen: JoinedObject[] = [];
  const spectrum = someSpectrum();
  const view = { ...subject().view, spectrum };
  const [record] = await scorer(seen).score([subject({ view, cause: 'spectrum' })]);
  assert.deepEqual(seen, [{ lightCurve: view.lightCurve, metadata: SOME_METADATA, spectrum }]);
  assert.deepEqual([record?.mask, record?.cause], ['PS', 'spectrum']);
});

test('score() gives the model what was kept of periods, and hands on what it wants to keep', async () => {
  const kept = Uint8Array.of(1);
  const seen: JoinedObject[] = [];
  const handed: (readonly [string, Uint8Array])[] = [];
  const plain = subject().view;
  const periods = [null, Uint8Array.of(2), Uint8Array.of(3)];
  const embeddings = periods.map((periodsToKeep) => ({
    ...embedded({ lightCurve: lightCurve([]), metadata: {}, spectrum: null }),
    periodsToKeep,
  }));
  const keepPeriods = (map: ReadonlyMap<string, Uint8Array>): void => {
    handed.push(...map);
  };
  await scorer(seen, { embeddings, keepPeriods }).score([
    subject({ view: { ...plain, key: 'a', keptPeriods: kept } }),
    subject({ view: { ...plain, key: 'b' } }),
    subject({ view: { ...plain, key: 'b', revision: 8 } }),
  ]);
  assert.deepEqual(
    seen.map(({ keptPeriods }) => keptPeriods),
    [kept, undefined, undefined],
  );
  assert.deepEqual(handed, [['b', Uint8Array.of(3)]]);
});

test('score() takes each group of metadata from the joined records, else the catalogue, else the packets', async () => {
  const seen: JoinedObject[] = [];
  const match = { metadata: { jMag: 2, hMag: 2, hostRedshift: 0.2 }, separationArcsec: 1, candidates: [] };
  const catalogue = { rows: 1, skippedRows: 0, fields: [], match: () => match };
  const view = {
    ...subject().view,
    packetMetadata: { jMag: 1, hostRedshift: 0.1, hostRedshiftErr: 0.01, milkyWayEbvMag: 0.1 },
    joinedMetadata: { hMag: 3 },
  };
  await scorer(seen, { catalogue }).score([subject({ view, cause: 'metadata' })]);
  assert.deepEqual(seen[0]?.metadata, { hMag: 3, hostRedshift: 0.2, milkyWayEbvMag: 0.1 });
});

test('score() gives one record per subject, in order, and asks for nothing without any', async () => {
  const seen: JoinedObject[] = [];
  assert.deepEqual(await scorer(seen).score([]), []);
  assert.deepEqual(seen, []);
  const records = await scorer().score([3n, 1n, 2n].map((alertId) => subject({ alertId })));
  assert.deepEqual(
    records.map(({ alertId }) => alertId),
    ['3', '1', '2'],
  );
});

test('score() does not go on where the model gave fewer embeddings than objects', async () => {
  await assert.rejects(scorer([], { embeddings: [] }).score([subject()]), RangeError);
});
