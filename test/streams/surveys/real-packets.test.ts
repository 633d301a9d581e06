import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { configSchema } from '../../../core/index.ts';
import type { Alert, Result } from '../../../core/index.ts';
import { surveyAdapters } from '../../../streams/index.ts';
import { ConfluentReader, csvRows, membersOf, recordsInContainer } from '../../helpers/avro-records.ts';
import type { PacketRecord } from '../../helpers/avro-records.ts';
import { realData } from '../../helpers/real-data.ts';

const ADAPTERS = surveyAdapters(configSchema.parse({}).decode.mappings);

function read({ schema, record }: PacketRecord): Result<Alert> {
  const adapter = ADAPTERS.find((candidate) => candidate.recognises(schema));
  assert.ok(adapter, `an adapter for ${schema.fullName}`);
  return adapter.toAlert(record, { schema, source: { file: 'test', index: 0 }, withCutouts: true });
}

function alertOf(packet: PacketRecord): Alert {
  const result = read(packet);
  assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
  return result.value;
}

/** Every number of an alert is finite and no −0; every point is usable and there once. */
function assertSound(alert: Alert): void {
  const visit = (value: unknown): void => {
    if (typeof value === 'number') assert.ok(Number.isFinite(value) && !Object.is(value, -0), String(value));
    else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
      Object.values(value).forEach(visit);
  };
  visit(alert);
  const { detection, upperLimit, forced } = alert.historyCounts;
  assert.ok(alert.points.length <= detection + upperLimit + forced);
  const identities = alert.points.map((p) => `${p.kind}/${p.alertId}/${p.mjdTai}/${p.band}`);
  assert.equal(new Set(identities).size, identities.length);
  assert.ok(alert.points.every((point) => /^[a-z]$/.test(point.band) && point.fluxErrNjy > 0));
  assert.equal(alert.points[0]?.fluxNjy, alert.diffFluxNjy);
}

test('every real ZTF packet agrees with its golden values', { timeout: 120_000 }, async (context) => {
  const folder = realData(context, 'data', 'alerts', 'ztf');
  if (folder === null) return;
  const rows = csvRows(path.join(folder, 'MANIFEST.csv'));
  const keyOf = (...parts: readonly unknown[]): string => parts.map(String).join('/');
  const golden = new Map(rows.map((row) => [keyOf(row['objectId'], row['alertId'], row['version']), row]));
  const met = new Set<string>();
  let packets = 0;
  for (const archive of readdirSync(folder).filter((name) => name.endsWith('.tar.gz'))) {
    for await (const { bytes } of membersOf(path.join(folder, archive))) {
      for (const packet of recordsInContainer(bytes)) {
        const alert = alertOf(packet);
        assertSound(alert);
        packets += 1;
        const key = keyOf(alert.objectId, alert.alertId, alert.schemaVersion);
        const row = golden.get(key);
        if (row === undefined) continue;
        assertGolden(alert, row);
        met.add(key);
      }
    }
  }
  assert.ok(packets >= rows.length, `${packets} packets`);
  assert.deepEqual(
    [...golden.keys()].filter((key) => !met.has(key)),
    [],
  );
});

function assertGolden(alert: Alert, row: Readonly<Record<string, string>>): void {
  const why = `${alert.objectId} ${alert.alertId}`;
  const jd = Number(row['jd']);
  const fluxNjy = 10 ** ((31.4 - Number(row['magpsf'])) / 2.5);
  const relative = (value: number, expected: number): number => Math.abs(value / expected - 1);
  assert.equal(alert.survey, 'ztf');
  assert.ok(Math.abs(alert.mjdTai - (jd - 2_400_000.5 + (jd >= 2_457_754.5 ? 37 : 36) / 86_400)) < 2e-8, why);
  // The table has float64 positions rounded to 7 decimals.
  assert.ok(Math.abs(alert.raDeg - Number(row['ra'])) < 1e-6, why);
  assert.ok(Math.abs(alert.decDeg - Number(row['dec'])) < 1e-6, why);
  assert.equal(alert.band, ['', 'g', 'r', 'i'][Number(row['fid'])], why);
  assert.ok(relative(Math.abs(alert.diffFluxNjy), fluxNjy) < 1e-9, why);
  const fluxErrNjy = (fluxNjy * Number(row['sigmapsf']) * Math.LN10) / 2.5;
  assert.ok(relative(alert.diffFluxErrNjy, fluxErrNjy) < 1e-9, why);
  const counts = [alert.historyCounts.detection, alert.historyCounts.upperLimit, alert.historyCounts.forced];
  assert.deepEqual(counts, [row['n_det'], row['n_ul'], row['n_fp']].map(Number), why);
  assert.equal(alert.cutoutNames.length, Number(row['cutouts']), why);
  assert.deepEqual(
    alert.cutouts.map(({ name }) => name),
    alert.cutoutNames,
  );
  const score = row['drb'] === '' ? row['rb'] : row['drb'];
  assert.equal(alert.realBogusRatio, score === '' ? null : Number(score), why);
}

test('every real Rubin v10.0 alert agrees with its golden values', (context) => {
  const folder = realData(context, 'data', 'alerts', 'lsst', 'confluent_v10_0_reencoded');
  const schemas = realData(context, 'data', 'schemas', 'lsst');
  if (folder === null || schemas === null) return;
  const reader = new ConfluentReader(schemas);
  const rows = csvRows(path.join(folder, 'INDEX.csv'));
  assert.equal(rows.length, 71);
  for (const row of rows) {
    const id = row['diaSourceId'] ?? '';
    const alert = alertOf(reader.record(readFileSync(path.join(folder, `${id}.bin`))));
    assertSound(alert);
    const isMoving = row['diaObjectId'] === '' || row['diaObjectId'] === '0';
    const objectId = isMoving ? `ss:${row['ssObjectId']}` : BigInt(row['diaObjectId'] ?? '');
    assert.deepEqual([alert.survey, alert.schemaVersion, alert.objectId], ['lsst', '10.0', objectId], id);
    assert.equal(alert.alertId, BigInt(id));
    assert.equal(alert.band, row['band'], id);
    assert.ok(Math.abs(alert.mjdTai - Number(row['mjd'])) < 1e-9, id);
    assert.ok(
      Math.abs(alert.raDeg - Number(row['ra'])) < 1e-9 && Math.abs(alert.decDeg - Number(row['dec'])) < 1e-9,
      id,
    );
    assert.ok(Math.abs(alert.diffFluxNjy / Number(row['psfFlux']) - 1) < 1e-6, id);
    assert.equal(alert.historyCounts.detection, 1 + Number(row['n_prv']), id);
    assert.equal(alert.historyCounts.forced, Number(row['n_forced']), id);
  }
});

test('every Rubin message of a known schema id is read, with the version of its schema', (context) => {
  const folder = realData(context, 'data', 'alerts', 'lsst', 'confluent');
  const schemas = realData(context, 'data', 'schemas', 'lsst');
  if (folder === null || schemas === null) return;
  const reader = new ConfluentReader(schemas);
  let read = 0;
  for (const file of readdirSync(folder).sort()) {
    const id = Number(/id(\d+)\.bin$/.exec(file)?.[1]);
    if (id === 100 || id === 12_345) continue;
    const alert = alertOf(reader.record(readFileSync(path.join(folder, file))));
    assertSound(alert);
    assert.equal(alert.schemaVersion, `${Math.floor(id / 100)}.${id % 100}`, file);
    read += 1;
  }
  assert.equal(read, 18);
});

test('every sample packet of alert_packet is read, 2.1 to 11.0', (context) => {
  const folder = realData(context, 'data', 'alerts', 'lsst', 'ocf');
  if (folder === null) return;
  const files = readdirSync(folder);
  for (const file of files) {
    const [packet] = recordsInContainer(readFileSync(path.join(folder, file)));
    assert.ok(packet);
    const alert = alertOf(packet);
    assertSound(alert);
    assert.equal(alert.objectId, 281323062375219201n, file);
    assert.deepEqual([alert.diffFluxNjy, alert.diffFluxErrNjy, alert.band], [1241, 12, 'r'], file);
    assert.equal(alert.points.length, 3, file);
  }
});

test('the ELAsTiCC archive holds 2500 alerts of 236 objects', async (context) => {
  const file = realData(context, 'data', 'alerts', 'elasticc_v0_9.tar.gz');
  if (file === null) return;
  const objects = new Set<unknown>();
  const withHost = { redshift: 0, mag: 0 };
  let alerts = 0;
  for await (const { bytes } of membersOf(file)) {
    for (const packet of recordsInContainer(bytes)) {
      const alert = alertOf(packet);
      assertSound(alert);
      assert.equal(alert.schemaVersion, '0.9');
      objects.add(alert.objectId);
      alerts += 1;
      if (alert.metadata.hostRedshift !== undefined) withHost.redshift += 1;
      if (alert.metadata.hostMag !== undefined) withHost.mag += 1;
    }
  }
  assert.deepEqual([alerts, objects.size], [2500, 236]);
  assert.ok(withHost.redshift > 2000 && withHost.mag > 2000, JSON.stringify(withHost));
});

test('packets of the mapped surveys are read, or rejected by the field that they lack', (context) => {
  const folder = realData(context, 'data', 'alerts', 'other');
  if (folder === null) return;
  const outcomes: Record<string, string[]> = {};
  for (const survey of readdirSync(folder).sort()) {
    for (const file of readdirSync(path.join(folder, survey)).sort()) {
      for (const packet of recordsInContainer(readFileSync(path.join(folder, survey, file)))) {
        const result = read(packet);
        if (result.ok) assertSound(result.value);
        const outcome = result.ok
          ? `${result.value.survey} ${result.value.schemaVersion} ${result.value.band} ${result.value.points.length}`
          : `${result.rejection.code} ${/"[^"]*"/.exec(result.rejection.reason)?.[0]}`;
        (outcomes[survey] ??= []).push(outcome);
      }
    }
  }
  assert.deepEqual(outcomes, {
    askap: ['SURVEY_UNKNOWN "askap.alert"'],
    // The last one has neither identity nor time.
    atlas: [
      ...Array<string>(5).fill('atlas 0.1 o 1'),
      ...Array<string>(3).fill('atlas 0.1 c 1'),
      'ALERT_INCOMPLETE "objectId"',
    ],
    // Two overlapping exposures measured the first object twice at the same time and band.
    desirt: ['desirt 0.1.0 r 60', 'desirt 0.1.0 g 2'],
    elasticc: ['elasticc 0.9 y 19'],
    pgir: [71, 91, 61, 94, 93, 60, 69, 95].map((points) => `pgir 0.1 j ${points}`),
    rapid: ['rapid 00.02 w 28'],
    winter: [
      'ALERT_INCOMPLETE "candidate.fid"',
      'winter 0.1 j 1',
      ...Array<string>(4).fill('ALERT_INCOMPLETE "candidate.fid"'),
      'winter 0.1 j 1',
      'winter 0.1 j 2',
    ],
  });
});
