import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { DataFault, DataSetObject } from '../../../core/index.ts';
import {
  PAPER_METADATA_COLUMNS,
  paperTrainingSubject,
  preparePaperData,
  readObjectIndex,
  readSafetensors,
} from '../../../model/index.ts';
import type { PaperMetadataColumn, PreparePaperDataOptions, Tensors } from '../../../model/index.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { lightCurve, point, someSpectrum } from '../../helpers/joined-object.ts';
import { paperObject, someCatalogue } from '../../helpers/paper-objects.ts';
import { numbersOf } from '../../helpers/run-graph.ts';
import { SMALL_TRAINING, smallTraining } from '../../helpers/small-training.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const LENGTH = 12;

interface Prepared {
  readonly tensors: Tensors;
  readonly file: string;
  readonly faults: readonly DataFault[];
  readonly result: Awaited<ReturnType<typeof preparePaperData>>;
}

async function prepared(
  context: TestContext,
  objects: readonly DataSetObject[],
  options: Partial<PreparePaperDataOptions> = {},
): Promise<Prepared> {
  const file = path.join(await temporaryFolder(context), 'objects.safetensors');
  const { modalities } = await paperTrainingSubject(smallTraining());
  const faults: DataFault[] = [];
  const { signal } = new AbortController();
  const result = await preparePaperData(() => objects, {
    ...{ file, modalities, length: LENGTH, preprocessing: null, signal, ...options },
    onFault: (fault) => faults.push(fault),
  });
  return { tensors: await readSafetensors(file), file, faults, result };
}

/** One object's values of an input. */
function rowOf({ tensors }: Prepared, input: string, row: number): number[] {
  const tensor = tensors.get(`in.${input}`);
  assert.ok(tensor !== undefined, input);
  const width = tensor.shape.slice(1).reduce((product, size) => product * size, 1);
  return Array.from(numbersOf(tensor).slice(row * width, (row + 1) * width));
}

function presentOf({ tensors }: Prepared, modality: string): number[] {
  return Array.from(numbersOf(tensors.get(`in.present.${modality}`)));
}

const column = (name: PaperMetadataColumn): number => PAPER_METADATA_COLUMNS.indexOf(name);

function withRow(objectId: string, changes: Readonly<Record<string, number | null>>): DataSetObject {
  return paperObject(objectId, { catalogue: { ...someCatalogue(objectId), ...changes } });
}

test('preparePaperData() takes statistics of the objects that are fitted alone', async (context) => {
  const objects = [
    withRow('a', { ruwe: 1, amplitude: 2, period: 10 }),
    withRow('b', { ruwe: 3, amplitude: 4, period: 1000 }),
    { ...withRow('c', { ruwe: 1000, amplitude: 1000 }), split: 'validation' as const },
  ];
  const all = await prepared(context, objects, { isFitted: ({ split }) => split !== 'validation' });
  const { photometryAuxiliary, metadata } = all.result.preprocessing;
  assert.equal(metadata?.mean[column('ruwe')], 2);
  assert.equal(metadata.std[column('ruwe')], 1);
  assert.deepEqual(photometryAuxiliary?.mean.slice(0, 2), [3, 2], 'the period counts by its logarithm');
  const scores = [0, 1, 2].map((row) => rowOf(all, 'metadata', row)[column('ruwe')]);
  assert.deepEqual(scores, [-1, 1, 998]);
  // Of a step: time, flux, error, then the auxiliaries.
  assert.deepEqual(rowOf(all, 'photometry', 1).slice(3, 5), [1, 1]);
  assert.equal(all.result.objects, 3);
});

test('preparePaperData() counts what is missing, not positive or beyond float32 as the mean', async (context) => {
  const objects = [
    withRow('a', { ruwe: 1, amplitude: 2, period: 10 }),
    withRow('b', { ruwe: 3, amplitude: 4, period: 1000 }),
    withRow('c', { ruwe: null, amplitude: null, period: -1 }),
  ];
  const all = await prepared(context, objects);
  assert.equal(rowOf(all, 'metadata', 2)[column('ruwe')], 0);
  assert.deepEqual(rowOf(all, 'photometry', 2).slice(3, 5), [0, 0]);
  const { preprocessing } = all.result;
  const beyond = await prepared(context, [withRow('d', { ruwe: 1e300 })], { preprocessing });
  assert.equal(rowOf(beyond, 'metadata', 0)[column('ruwe')], 0);
});

test('preparePaperData() takes alert metadata of an object without a row of the catalogue, if there are any', async (context) => {
  const { joined } = paperObject('any');
  const parallax = { parallaxMas: 10, gaiaGMag: 15, milkyWayEbvMag: 0.1 };
  const all = await prepared(
    context,
    [
      withRow('a', {}),
      paperObject('b', { joined: { ...joined, metadata: parallax } }),
      paperObject('c', { joined: { ...joined, metadata: { milkyWayEbvMag: 0.1 } } }),
    ],
    { isFitted: ({ objectId }) => objectId === 'b' },
  );
  assert.deepEqual(presentOf(all, 'metadata'), [1, 1, 0]);
  // M = m − 10 + 5 · log10(π).
  assert.equal(all.result.preprocessing.metadata?.mean[column('phot_g_mean_mag')], 10);
  assert.deepEqual(rowOf(all, 'photometry', 1).slice(3, 7), [0, 0, 0, 0]);
  assert.deepEqual(rowOf(all, 'metadata', 2), new Array(34).fill(0));
});

test('preparePaperData() by statistics of a release fits none, and leaves metadata out where there are none', async (context) => {
  const preprocessing = { photometryAuxiliary: null, metadata: null };
  const all = await prepared(context, [withRow('a', {})], { preprocessing });
  assert.equal(all.result.preprocessing, preprocessing);
  assert.deepEqual(presentOf(all, 'metadata'), [0]);
  assert.deepEqual(rowOf(all, 'photometry', 0).slice(3, 7), [0, 0, 0, 0]);
});

test('preparePaperData() has no statistics of what no fitted object has, and leaves it out', async (context) => {
  const objects = [paperObject('a'), withRow('b', {})];
  const all = await prepared(context, objects, { isFitted: ({ objectId }) => objectId === 'a' });
  assert.deepEqual(all.result.preprocessing, { photometryAuxiliary: null, metadata: null });
  assert.deepEqual(presentOf(all, 'metadata'), [0, 0]);
});

test('preparePaperData() leaves out light curves and spectra that cannot be used, and tells of them', async (context) => {
  const spectrum = someSpectrum();
  const reversed = { ...spectrum, wavelengthAngstrom: spectrum.wavelengthAngstrom.toReversed() };
  const joined = { metadata: {}, spectrum: null };
  const limits = lightCurve([point(60_000, 5, { kind: 'upperLimit' })]);
  const notFinite = lightCurve([point(60_000, NaN), point(60_001, Infinity)]);
  const all = await prepared(context, [
    paperObject('whole', { className: 'EW', split: 'training' }),
    paperObject('limits', { joined: { ...joined, lightCurve: limits, spectrum } }),
    paperObject('not finite', { joined: { ...joined, lightCurve: notFinite, spectrum: reversed } }),
  ]);
  assert.deepEqual(presentOf(all, 'photometry'), [1, 0, 0]);
  assert.deepEqual(presentOf(all, 'spectra'), [0, 1, 0]);
  assert.deepEqual(
    all.faults.map(({ file, row }) => [file, row]),
    [
      ['not finite', null],
      ['not finite', null],
    ],
  );
  const [curve, other] = all.faults;
  assert.match(curve?.reason ?? '', /^its light curve cannot be used: .*needs a finite point/);
  assert.match(other?.reason ?? '', /^its spectrum cannot be used: .*wavelengths must increase/);
  assert.deepEqual((await readObjectIndex(all.file))[0], {
    ...{ objectId: 'whole', className: 'EW', survey: 'ztf', split: 'training' },
  });
});

test('preparePaperData() leaves no file without objects, and refuses a model of another spectrum grid', async (context) => {
  await assert.rejects(prepared(context, []), hasCode('INPUT_NOT_FOUND'));
  const { architecture } = SMALL_TRAINING.model;
  const model = { architecture: { ...architecture, spectra: { ...architecture.spectra, length: 100 } } };
  const { modalities } = await paperTrainingSubject(smallTraining({ model }));
  await assert.rejects(
    prepared(context, [paperObject('a')], { modalities }),
    hasCode('CONFIG_INVALID', 'spectra.length must be 2575: current value is 100'),
  );
});
