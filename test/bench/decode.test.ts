import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBench } from '../../bench/decode/compare.ts';
import type { DecodeBenchOptions } from '../../bench/decode/compare.ts';
import { findPython } from '../../bench/decode/python.ts';
import { realData } from '../helpers/real-data.ts';

const TINY: DecodeBenchOptions = {
  isSimulated: true,
  simulatedAlerts: 6,
  packetsMax: 6,
  rounds: 1,
  passes: 1,
  warmUpMs: 0,
  python: findPython(null),
  onProgress: () => undefined,
};

test('decodeBench() gives a rate per survey, the peer having read the same points', async () => {
  const { n, config, figures, text } = await decodeBench(TINY);
  assert.deepEqual(n, { ztf: 6, lsst: 6 });
  assert.equal(config['data'], 'simulated');
  for (const survey of ['ztf', 'lsst']) assert.ok((figures[`${survey}.nightjar`]?.raw[0] ?? 0) > 0);
  assert.equal(figures['ztf.timesFasterThan.points'] === undefined, TINY.python === null);
  assert.match(text, /simulated packets/);
});

test('decodeBench() reads real packets where they are', async (context) => {
  if (realData(context, 'data', 'alerts') === null) return;
  const { n, config } = await decodeBench({ ...TINY, isSimulated: false });
  assert.deepEqual(n, { ztf: 6, lsst: 6, elasticc: 6 });
  assert.equal(config['data'], 'real');
});

test('findPython() refuses a named program that has no fastavro', () => {
  assert.throws(() => findPython('/nowhere/python'), /cannot import fastavro/);
});
