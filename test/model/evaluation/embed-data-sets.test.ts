import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataFault, DataSetObject } from '../../../core/index.ts';
import {
  createEmbedder,
  embedDataSets,
  modalityCounts,
  openObjectEncoder,
  openRelease,
} from '../../../model/index.ts';
import { simulateObjects } from '../../../simulator/index.ts';
import { memoryDataSet } from '../../helpers/memory-data-set.ts';

const OBJECTS: readonly DataSetObject[] = [
  ...simulateObjects({ survey: 'ztf', seed: 'encode', count: 12 }),
].map(({ className, joined }, i): DataSetObject => ({
  objectId: `o${i}`,
  className,
  split: i === 0 ? 'test' : null,
  joined,
  catalogue: null,
}));

/** An object that has a place and nothing else. */
const [EXAMPLE] = OBJECTS;
const BARE: DataSetObject | undefined = EXAMPLE && {
  ...EXAMPLE,
  objectId: 'bare',
  className: null,
  joined: { lightCurve: { ...EXAMPLE.joined.lightCurve, points: [] }, metadata: {}, spectrum: null },
};

test('embedDataSets() embeds as the embedder does, and says which modalities an object has', async () => {
  const release = await openRelease('default');
  const encoder = await openObjectEncoder({ release, workers: 1 });
  const embedder = await createEmbedder({ release, workers: 1 });
  const faults: DataFault[] = [];
  try {
    const { objects, isCut } = await embedDataSets({
      dataSets: [
        memoryDataSet('test', OBJECTS),
        memoryDataSet('test', [...OBJECTS.slice(0, 1), ...(BARE === undefined ? [] : [BARE])]),
      ],
      encoder,
      onFault: (fault) => faults.push(fault),
    });
    assert.deepEqual([objects.ids.length, isCut, objects.dimensions], [13, false, encoder.dimensions]);
    assert.deepEqual(faults, [{ file: 'test', row: null, reason: 'object "o0" came before' }]);
    const expected = await embedder.embed(OBJECTS.map(({ joined }) => joined));
    expected.forEach(({ photometry, spectrum, metadata }, row) => {
      const own = (rows: Float32Array): Float32Array =>
        rows.slice(row * objects.dimensions, (row + 1) * objects.dimensions);
      const absent = new Float32Array(objects.dimensions);
      assert.deepEqual(own(objects.vectors.photometry), photometry);
      assert.deepEqual(own(objects.vectors.spectra), spectrum ?? absent);
      assert.deepEqual(own(objects.vectors.metadata), metadata ?? absent);
      assert.equal(objects.present.spectra[row], Number(spectrum !== null));
    });
    const counts = modalityCounts(objects);
    assert.equal(counts.photometry, 12, 'an empty light curve is no photometry');
    assert.deepEqual([objects.classNames.at(-1), objects.splits[0]], [null, 'test']);
    assert.equal(objects.features?.width, encoder.featureNames?.length);
    assert.ok(objects.features?.data.some(Number.isNaN) && objects.features.data.some(Number.isFinite));
  } finally {
    await encoder.close();
    await embedder.close();
  }
});

test('embedDataSets() keeps one survey, and as many objects as it is told', async () => {
  const encoder = {
    dimensions: 1,
    featureNames: null,
    encode: (objects: readonly DataSetObject[]) =>
      Promise.resolve(
        objects.map(() => ({
          photometry: Float32Array.of(1),
          spectra: null,
          metadata: null,
          features: null,
        })),
      ),
    close: () => Promise.resolve(),
  };
  const options = { dataSets: [memoryDataSet('test', OBJECTS)], encoder, onFault: () => undefined };
  const { objects, isCut } = await embedDataSets({ ...options, objectsMax: 5 });
  assert.deepEqual([objects.ids.length, isCut, objects.features], [5, true, null]);
  assert.equal((await embedDataSets({ ...options, survey: 'lsst' })).objects.ids.length, 0);
  assert.equal((await embedDataSets({ ...options, survey: 'ZTF' })).objects.ids.length, 12);
  assert.equal((await embedDataSets({ ...options, objectsMax: 12 })).isCut, false);
  const signal = AbortSignal.abort(new Error('stopped'));
  await assert.rejects(embedDataSets({ ...options, signal }), /stopped/);
});
