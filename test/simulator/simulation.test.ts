import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Alert } from '../../core/index.ts';
import { jdUtcFromMjdTai } from '../../core/index.ts';
import { simulateNight } from '../../simulator/index.ts';
import type { SimulatedPacket, SimulatedSurvey, SimulationOptions } from '../../simulator/index.ts';
import { avroType } from '../../simulator/packets/avro.ts';
import { LSST_SCHEMA } from '../../simulator/packets/lsst-schema.ts';
import { surveyAdapters } from '../../streams/index.ts';
import type { AvroRecord, WriterSchemaName } from '../../streams/index.ts';
import { recordsInContainer } from '../helpers/avro-records.ts';

const SURVEYS = ['ztf', 'lsst'] as const;
const LSST_TYPE = avroType(LSST_SCHEMA);

function night(
  options: Partial<SimulationOptions> & { survey: SimulatedSurvey; alerts: number },
): SimulatedPacket[] {
  return [...simulateNight({ seed: 'night', ...options })];
}

function recordOf(packet: SimulatedPacket): { schema: WriterSchemaName; record: AvroRecord } {
  if (packet.memberName.endsWith('.bin')) {
    const schema = { fullName: 'lsst.v10_0.alert', version: null, wireId: 1000 };
    return { schema, record: LSST_TYPE.decode(packet.bytes, packet.recordOffset).value as AvroRecord };
  }
  const [only, ...others] = recordsInContainer(packet.bytes);
  assert.ok(only !== undefined && others.length === 0);
  return only;
}

function alertOf(packet: SimulatedPacket): Alert {
  const { schema, record } = recordOf(packet);
  const adapter = surveyAdapters([]).find((candidate) => candidate.recognises(schema));
  assert.ok(adapter);
  const result = adapter.toAlert(record, { schema, source: { file: 'test', index: 0 }, withCutouts: false });
  assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
  return result.value;
}

for (const survey of SURVEYS) {
  test(`simulateNight() of ${survey} sends exactly as many alerts as asked for, in order of time, ids unique`, () => {
    for (const alerts of [1, 7, 150]) {
      const packets = night({ survey, alerts, withCutouts: false });
      assert.equal(packets.length, alerts);
      assert.ok(packets.every(({ mjdTai }, i) => mjdTai >= (packets[i - 1]?.mjdTai ?? 0)));
      const ids = new Set(packets.map(({ alertId }) => alertId));
      assert.equal(ids.size, alerts);
      for (const id of ids) assert.ok(id > 0n && id < 2n ** 63n);
    }
    assert.equal(night({ survey, alerts: 0 }).length, 0);
  });

  test(`simulateNight() of ${survey} gives the same bytes for a seed and others for another`, () => {
    const hash = (seed: string): string => {
      const sum = createHash('sha256');
      for (const { bytes } of night({ survey, alerts: 40, seed })) sum.update(bytes);
      return sum.digest('hex');
    };
    assert.equal(hash('a'), hash('a'));
    assert.notEqual(hash('a'), hash('b'));
  });

  test(`packets of ${survey} say to their reader what the simulation says of them`, () => {
    const names = new Map<string, string>();
    for (const packet of night({ survey, alerts: 120 })) {
      const alert = alertOf(packet);
      const { truth, observed, mjdTai } = packet;
      assert.equal(alert.survey, survey);
      assert.equal(alert.objectId, truth.objectId);
      assert.equal(alert.alertId, packet.alertId);
      // JD in days as float64 is exact to 4e-10 d.
      assert.ok(Math.abs(alert.mjdTai - mjdTai) < 1e-9);
      const key = String(truth.objectId);
      assert.equal(names.get(key) ?? truth.className, truth.className);
      names.set(key, truth.className);
      const measured = observed.measurements.find(({ visit }) => visit.mjdTai === mjdTai);
      assert.ok(measured?.isDetected === true);
      // Float32 magnitudes near 20 are exact to 1e-6, so fluxes to 2e-6.
      assert.ok(Math.abs(alert.diffFluxNjy / measured.diffFluxNjy - 1) < 4e-6);
      assert.ok(Math.abs(alert.diffFluxErrNjy / measured.errNjy - 1) < 4e-6);
      assert.ok(Math.abs(alert.diffFluxNjy) >= 4.999 * alert.diffFluxErrNjy);
      assert.equal(alert.cutoutNames.length, 3);
      const ratio = alert.realBogusRatio ?? -1;
      assert.ok(ratio >= 0 && ratio <= 1);
    }
  });

  test(`histories of ${survey} are those of the survey: earlier, not too old, the same in every packet`, () => {
    const points = new Map<string, string>();
    const historyDays = survey === 'ztf' ? 30 : 365;
    for (const packet of night({ survey, alerts: 100, nights: 3, withCutouts: false })) {
      const alert = alertOf(packet);
      for (const { kind, mjdTai, band, fluxNjy, fluxErrNjy } of alert.points) {
        assert.ok(mjdTai <= alert.mjdTai && mjdTai > alert.mjdTai - historyDays - 1e-6);
        if (kind === 'detection') assert.ok(Math.abs(fluxNjy) >= 4.999 * fluxErrNjy);
        const key = `${packet.truth.objectId} ${kind} ${mjdTai} ${band}`;
        const value = `${fluxNjy} ${fluxErrNjy}`;
        assert.equal(points.get(key) ?? value, value);
        points.set(key, value);
      }
    }
    assert.ok(points.size > 500);
  });
}

test('ZTF packets hold upper limits, forced photometry with failures, and placeholders as real ones do', () => {
  let [limits, forced, failed] = [0, 0, 0];
  for (const packet of night({ survey: 'ztf', alerts: 80 })) {
    const { record } = recordOf(packet);
    const candidate = record['candidate'] as AvroRecord;
    assert.equal(candidate['ssdistnr'], -999);
    assert.ok(candidate['isdiffpos'] === 't' || candidate['isdiffpos'] === 'f');
    assert.ok(Math.abs(Number(candidate['jd']) - jdUtcFromMjdTai(packet.mjdTai)) < 1e-9);
    assert.equal(candidate['candid'], packet.alertId);
    const previous = (record['prv_candidates'] ?? []) as readonly AvroRecord[];
    limits += previous.filter(({ magpsf, diffmaglim }) => magpsf === null && diffmaglim !== null).length;
    const history = (record['fp_hists'] ?? []) as readonly AvroRecord[];
    forced += history.length;
    failed += history.filter(({ forcediffimflux }) => forcediffimflux === -99_999).length;
  }
  assert.ok(limits > 100 && forced > 500 && failed > 10, `${limits} ${forced} ${failed}`);
});

test('classes occur as weighted, each detected object once in the truth', () => {
  const packets = night({
    survey: 'ztf',
    alerts: 300,
    withCutouts: false,
    classWeights: { RRab: 1, SNIa: 3 },
  });
  const objects = new Map(packets.map(({ truth }) => [truth.objectId, truth.className]));
  const supernovae = [...objects.values()].filter((name) => name === 'SNIa').length;
  const ratio = supernovae / objects.size;
  // Five standard errors at about 180 objects.
  assert.ok(Math.abs(ratio - 0.75) < 0.16, `${supernovae} of ${objects.size}`);
});
