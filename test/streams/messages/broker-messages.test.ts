import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse as parseYaml } from 'yaml';
import { loadConfig } from '../../../core/index.ts';
import type { Alert, ConfigInput } from '../../../core/index.ts';
import { createMessageDecoder, surveyAdapters } from '../../../streams/index.ts';
import { outcomes, testSchemas } from '../../helpers/test-packets.ts';
import { topicMessage } from '../../helpers/topic-message.ts';

type Mappings = NonNullable<NonNullable<ConfigInput['decode']>['mappings']>;

async function alertsOf(json: string, mapping: string, mappings: Mappings = []): Promise<readonly Alert[]> {
  const { decode } = loadConfig(null, { decode: { mappings } });
  const adapters = surveyAdapters(decode.mappings);
  const decoder = createMessageDecoder({ decode, registry: testSchemas, adapters, withCutouts: false });
  const packets = await decoder.packets(topicMessage(json), { kind: 'json', mapping });
  return packets.map(({ result }) => {
    assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
    return result.value;
  });
}

/** A message as Lasair's documentation shows it, with a light curve of three sources and a forced one. */
const LASAIR_LITE = `{
  "diaObjectId": 169760235333878021, "decl": -38.16173726666955, "ra": 221.87087177320953,
  "UTC": "2026-01-29 11:40:14",
  "alert": {
    "diaSourcesList": [
      {"psfFlux": 13677.04, "psfFluxErr": 1538.75, "midpointMjdTai": 61029.35, "band": "z", "reliability": 0.48},
      {"psfFlux": -900.5, "psfFluxErr": 80.5, "midpointMjdTai": 61031.25, "band": "r", "reliability": 0.9},
      {"psfFlux": null, "psfFluxErr": 80.5, "midpointMjdTai": 61030.25, "band": "r", "reliability": 0.9}
    ],
    "diaForcedSourcesList": [{"psfFlux": 10, "psfFluxErr": 5, "midpointMjdTai": 61020.5, "band": "g"}]
  }
}`;

test('Lasair’s Kafka message of a Rubin object is read: the latest source is the alert', async () => {
  const [alert] = await alertsOf(LASAIR_LITE, 'lasair_lsst');
  assert.ok(alert);
  assert.deepEqual(
    [alert.objectId, alert.alertId, alert.raDeg, alert.decDeg, alert.mjdTai, alert.band],
    [169760235333878021n, null, 221.87087177320953, -38.16173726666955, 61031.25, 'r'],
  );
  assert.deepEqual(
    [alert.diffFluxNjy, alert.diffFluxErrNjy, alert.realBogusRatio, alert.wavelengthAngstrom],
    [-900.5, 80.5, 0.9, 6223],
  );
  assert.deepEqual(alert.historyCounts, { detection: 3, upperLimit: 0, forced: 1 });
  assert.deepEqual(
    alert.points.map(({ kind, mjdTai }) => [kind, mjdTai]),
    [
      ['detection', 61031.25],
      ['detection', 61029.35],
      ['forced', 61020.5],
    ],
  );
});

test('Lasair’s full message gives source ids and the object’s position', async () => {
  const full = LASAIR_LITE.replace(
    '"alert": {',
    '"alert": {"diaObject": {"ra": 10.5, "dec": -1.5},',
  ).replaceAll('{"psfFlux": -900.5', '{"diaSourceId": 169760235359568157, "psfFlux": -900.5');
  const [alert] = await alertsOf(full, 'lasair_lsst');
  assert.deepEqual([alert?.alertId, alert?.raDeg, alert?.decDeg], [169760235359568157n, 10.5, -1.5]);
});

test('Lasair’s message without a light curve is refused, naming what is missing', async () => {
  const { decode } = loadConfig(null);
  const adapters = surveyAdapters(decode.mappings);
  const decoder = createMessageDecoder({ decode, registry: testSchemas, adapters, withCutouts: false });
  const message = topicMessage('{"diaObjectId": 1, "ra": 1, "decl": 1}');
  const packets = await decoder.packets(message, { kind: 'json', mapping: 'lasair_lsst' });
  assert.deepEqual(outcomes(packets), ['ALERT_INCOMPLETE']);
  assert.ok(!packets[0]?.result.ok);
  assert.match(
    packets[0]?.result.rejection.reason ?? '',
    /"alert\.diaSourcesList\.midpointMjdTai" must be given/,
  );
});

test('Fink’s rows of ZTF alerts are read, one packet a row', async () => {
  const row = (candid: string, sign: string): string => `{"i:objectId": "ZTF21aaxtctv", "i:candid": ${candid},
    "i:jd": 2459301.75, "i:fid": 2, "i:magpsf": 18.9, "i:sigmapsf": 0.1, "i:isdiffpos": "${sign}", "i:ra": 12.5,
    "i:dec": 3.25, "i:rb": 0.8, "i:drb": null, "i:schemavsn": "3.3", "i:sgscore1": 0.5, "i:distpsnr1": 2.5,
    "i:sgmag1": -999.0, "d:cdsxmatch": "Unknown", "v:classification": "SN candidate"}`;
  const alerts = await alertsOf(
    `[${row('1571237334015010012', 't')}, ${row('1571237334015010013', 'f')}]`,
    'fink_ztf',
  );
  assert.deepEqual(
    alerts.map(({ objectId, alertId, band, schemaVersion }) => [objectId, alertId, band, schemaVersion]),
    [
      ['ZTF21aaxtctv', 1571237334015010012n, 'r', '3.3'],
      ['ZTF21aaxtctv', 1571237334015010013n, 'r', '3.3'],
    ],
  );
  const [first, second] = alerts;
  assert.ok(first !== undefined && second !== undefined);
  // 18.9 mag AB is 10^5 nJy.
  assert.ok(Math.abs(first.diffFluxNjy / 1e5 - 1) < 1e-12);
  assert.equal(second.diffFluxNjy + first.diffFluxNjy, 0);
  assert.equal(first.realBogusRatio, 0.8);
  assert.deepEqual(first.metadata, { starGalaxyRatio: 0.5, neighbourSeparationArcsec: 2.5 });
});

test('a mapping reads packets in an envelope, and light curves as columns', async () => {
  const json = `{"data": {"targets": [{"name": "X1", "ra": 1, "dec": 2,
    "curve": {"mjd": [60001, 60003, 60002], "flux": [1, 3, 2], "err": [0.5, 0.5], "filter": "r"}}]}}`;
  const measurement = {
    time: { path: 'mjd', scale: 'mjdTai' },
    band: { path: 'filter', letters: { r: 'r' } },
    flux: { path: 'flux', errPath: 'err', unit: 'ujy' },
  } as const;
  const [alert] = await alertsOf(json, 'columns', [
    {
      kind: 'alert',
      survey: 'columns',
      envelope: 'data.targets',
      objectId: 'name',
      raDeg: 'ra',
      decDeg: 'dec',
      latestOf: { path: 'curve', layout: 'columns' },
      measurement,
      history: [{ path: 'curve', layout: 'columns', kind: 'detection', measurement }],
    },
  ]);
  assert.deepEqual([alert?.mjdTai, alert?.diffFluxNjy, alert?.band], [60_003, 3000, 'r']);
  // The third has no error: counted, and not used.
  assert.deepEqual(
    alert?.points.map(({ mjdTai }) => mjdTai),
    [60_003, 60_001],
  );
  assert.equal(alert.historyCounts.detection, 3);
});

test('docs/surveys.md shows a JSON mapping that reads the message beside it', async () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/surveys.md'), 'utf8');
  const [, example = ''] = /`(\{"data".*\})`:\n\n/.exec(page) ?? [];
  const [, yaml = ''] = /`:\n\n```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const { decode } = parseYaml(yaml) as { readonly decode: { readonly mappings: Mappings } };
  const [alert] = await alertsOf(example, 'mybroker', decode.mappings);
  assert.deepEqual([alert?.objectId, alert?.diffFluxNjy, alert?.historyCounts.detection], ['X1', 12_500, 1]);
});
