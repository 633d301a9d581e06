import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Metrics, systemClock } from '../../../core/index.ts';
import type { DataSetObject } from '../../../core/index.ts';
import {
  architectureFromConfig,
  embedData,
  openObjectEncoder,
  openRelease,
  paperTrainingSubject,
  preparePaperData,
  train,
} from '../../../model/index.ts';
import type { EncodedObject, PaperPart, Release } from '../../../model/index.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { SOME_METADATA, someSpectrum } from '../../helpers/joined-object.ts';
import { paperObject, paperObjects, someCatalogue } from '../../helpers/paper-objects.ts';
import { SMALL_CONFIG, writeSmallRelease } from '../../helpers/paper-weights.ts';
import { SMALL_TRAINING, smallTraining } from '../../helpers/small-training.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** A release trained for an epoch on objects, with the file of tensors that they were prepared to. */
async function trained(
  context: TestContext,
  objects: readonly DataSetObject[],
): Promise<{ readonly release: Release; readonly dataFile: string }> {
  const folder = await temporaryFolder(context);
  const dataFile = path.join(folder, 'data.safetensors');
  const config = smallTraining({ epochs: 1 });
  const { modalities } = await paperTrainingSubject(config);
  const { signal } = new AbortController();
  const { preprocessing } = await preparePaperData(() => objects, {
    ...{ file: dataFile, modalities, length: SMALL_TRAINING.model.architecture.photometry.length },
    ...{ preprocessing: null, signal, onFault: () => undefined },
  });
  const { release } = await train({
    ...{ config, dataFile, validationFile: null, outFolder: path.join(folder, 'run'), device: 'cpu' },
    subject: await paperTrainingSubject(config, { preprocessing }),
    ...{ threads: 1, clock: systemClock, metrics: new Metrics(), signal },
    notice: () => undefined,
    onProgress: () => undefined,
  });
  return { release: await openRelease(release), dataFile };
}

/** A release of drawn weights, of which something else is said. */
async function smallRelease(context: TestContext, part: Partial<PaperPart>): Promise<Release> {
  const release = await openRelease(await writeSmallRelease(await temporaryFolder(context)));
  const { manifest } = release;
  assert.ok(manifest.profile === 'paper');
  return { ...release, manifest: { ...manifest, model: { ...manifest.model, ...part } } };
}

async function encoded(
  release: Release,
  ...batches: readonly (readonly DataSetObject[])[]
): Promise<readonly (readonly EncodedObject[])[]> {
  const encoder = await openObjectEncoder({ release, workers: 1 });
  try {
    const results: (readonly EncodedObject[])[] = [];
    for (const batch of batches) results.push(await encoder.encode(batch));
    return results;
  } finally {
    await encoder.close();
  }
}

test('an object encoder of the paper profile gives the vectors of the prepared file, and null for what is absent', async (context) => {
  const objects = paperObjects(40);
  const { release, dataFile } = await trained(context, objects);
  const expected = await embedData({ release, dataFile, workers: 1 });
  const [all = [], alone = [], none] = await encoded(release, objects, objects.slice(6, 7), []);
  assert.deepEqual(none, []);
  assert.deepEqual(alone[0], all[6], 'whatever comes with it');
  for (const [i, object] of all.entries()) {
    assert.equal(object.features, null);
    for (const modality of ['photometry', 'spectra', 'metadata'] as const) {
      const of = expected.modalities[modality];
      const vector = object[modality];
      assert.equal(vector !== null, of?.present[i], `${modality} of object ${i}`);
      const { dimensions } = expected;
      if (vector !== null) assert.deepEqual(vector, of?.vectors.slice(i * dimensions, (i + 1) * dimensions));
    }
  }
  const presence = (i: number) => [all[i]?.photometry, all[i]?.spectra, all[i]?.metadata].map(Boolean);
  assert.deepEqual(
    [presence(0), presence(1), presence(5)],
    [
      [true, true, true],
      [true, false, true],
      [true, false, false],
    ],
  );
  assert.deepEqual(presence(39), [false, false, true]);
});

test('an object encoder of the paper profile reads the row of the AstroM³ catalogue, and alert metadata without one', async (context) => {
  const statistics = (width: number) => ({
    mean: new Array<number>(width).fill(10),
    std: new Array<number>(width).fill(5),
  });
  const release = await smallRelease(context, {
    preprocessing: { photometryAuxiliary: statistics(4), metadata: statistics(34) },
  });
  const catalogue = someCatalogue('one');
  const { joined } = paperObject('same');
  const withRow = paperObject('same', { catalogue });
  const others = [
    paperObject('same', { catalogue, joined: { ...joined, metadata: SOME_METADATA } }),
    paperObject('same', { catalogue: { ...catalogue, amplitude: 9 } }),
    paperObject('same', { catalogue: { ...catalogue, parallax: 90 } }),
    paperObject('same', { joined: { ...joined, metadata: SOME_METADATA } }),
  ];
  const [[own, beside, amplitude, parallax, alert] = []] = await encoded(release, [withRow, ...others]);
  assert.ok(own && amplitude && parallax);
  assert.deepEqual(beside, own, 'the row counts, not what alerts say');
  assert.notDeepEqual(amplitude.photometry, own.photometry);
  assert.deepEqual(amplitude.metadata, own.metadata);
  assert.deepEqual(parallax.photometry, own.photometry);
  assert.notDeepEqual(parallax.metadata, own.metadata);
  assert.ok(alert !== undefined && alert.metadata !== null);
  assert.notDeepEqual(alert.metadata, own.metadata);
});

test('an object encoder of the paper profile leaves out a spectrum that cannot be used, and metadata without statistics', async (context) => {
  const release = await openRelease(await writeSmallRelease(await temporaryFolder(context)));
  assert.equal(release.manifest.profile, 'paper');
  const { joined } = paperObject('any');
  const spectrum = someSpectrum();
  const reversed = { ...spectrum, wavelengthAngstrom: spectrum.wavelengthAngstrom.toReversed() };
  const [[object] = []] = await encoded(release, [
    paperObject('any', { catalogue: someCatalogue(1), joined: { ...joined, spectrum: reversed } }),
  ]);
  assert.ok(object !== undefined && object.photometry !== null);
  assert.deepEqual([object.spectra, object.metadata, object.features], [null, null, null]);
  const encoder = await openObjectEncoder({ release, workers: 1 });
  assert.deepEqual([encoder.dimensions, encoder.featureNames], [8, null]);
  await assert.rejects(encoder.encode([], AbortSignal.abort(new Error('stopped'))), /stopped/);
  await encoder.close();
});

test('an object encoder of the paper profile refuses a model of another spectrum grid', async (context) => {
  const architecture = architectureFromConfig(SMALL_CONFIG);
  const spectra = { ...architecture.spectra, length: 100 };
  const release = await smallRelease(context, { architecture: { ...architecture, spectra } });
  await assert.rejects(
    openObjectEncoder({ release, workers: 1 }),
    hasCode('RELEASE_INVALID', 'must have 2575 samples: current value is 100'),
  );
});
