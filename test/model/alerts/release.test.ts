import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { encodedWidth } from '../../../model/quantile-encoding.ts';
import { createDetectors } from '../../../detectors/index.ts';
import { DEFAULT_PREPARATION_SETTINGS } from '../../../model/alerts/preparation-settings.ts';
import { GLOBAL_INPUTS } from '../../../model/alerts/global-inputs.ts';
import { METADATA_INPUTS } from '../../../model/alerts/metadata-inputs.ts';
import { TOKEN_INPUTS } from '../../../model/alerts/token-inputs.ts';
import {
  createEmbedder,
  embedTensors,
  initialiseAlertsRelease,
  openBank,
  openRelease,
  SafetensorsFile,
  float32Tensor,
  writeSafetensors,
  type Tensor,
} from '../../../model/index.ts';
import { joinedObject, SOME_METADATA, someSpectrum } from '../../helpers/joined-object.ts';

const OBJECTS = Array.from({ length: 12 }, (_, i) => ({
  object: joinedObject(5 + 3 * i, {
    seed: i,
    metadata: i % 2 === 0 ? SOME_METADATA : {},
    spectrum: i % 3 === 0 ? someSpectrum(i) : null,
  }),
  label: `class ${i % 3}`,
}));
const PREPARATION = {
  ...DEFAULT_PREPARATION_SETTINGS,
  photometry: {
    tokensMax: 64,
    period: { ...DEFAULT_PREPARATION_SETTINGS.photometry.period, frequenciesMax: 512 },
  },
};

let root: string;
let folder: string;

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'nightjar-alerts-'));
  folder = path.join(root, 'first');
  await initialiseAlertsRelease({
    folder,
    name: 'first',
    seed: 3,
    objects: OBJECTS,
    preparation: PREPARATION,
  });
});
after(() => rm(root, { recursive: true }));

/** A copy of the release whose manifest is changed. */
async function changed(name: string, change: (text: string) => string): Promise<string> {
  const copy = path.join(root, name);
  await cp(folder, copy, { recursive: true });
  const file = path.join(copy, 'manifest.json');
  const text = await readFile(file, 'utf8');
  assert.notEqual(change(text), text);
  await writeFile(file, change(text));
  return copy;
}

test('initialiseAlertsRelease() writes a release that opens, says what it is, and is small', async () => {
  const { manifest, weights } = await openRelease(folder);
  assert.equal(manifest.profile, 'alerts');
  assert.deepEqual([manifest.weights.origin, manifest.weights.seed], ['initialised', '3']);
  assert.match(manifest.weights.note, /not trained/);
  assert.equal(manifest.weights.parameters, 792_136);
  assert.equal(manifest.bank?.objects, 12);
  assert.equal(weights.get('photometry.tokens.weight')?.shape.join(), `64,${TOKEN_INPUTS.length}`);
  assert.deepEqual((await readdir(folder)).sort(), [
    'bank.json',
    'bank.safetensors',
    'manifest.json',
    'weights.safetensors',
  ]);
  assert.ok((await stat(path.join(folder, 'manifest.json'))).size < 128 * 1024);
});

test('initialiseAlertsRelease() writes the same bytes for the same seed and objects', async () => {
  const again = path.join(root, 'again');
  await initialiseAlertsRelease({
    folder: again,
    name: 'first',
    seed: 3,
    objects: OBJECTS,
    preparation: PREPARATION,
  });
  for (const file of await readdir(folder))
    assert.deepEqual(await readFile(path.join(again, file)), await readFile(path.join(folder, file)), file);
});

test('createEmbedder() of a release finds each object of the bank as its own nearest neighbour', async () => {
  const release = await openRelease(folder);
  const bank = await openBank(release);
  const embedder = await createEmbedder({ release, workers: 1 });
  try {
    const embeddings = await embedder.embed(OBJECTS.map(({ object }) => object));
    const { knn } = createDetectors(
      { ...bank, objectIds: OBJECTS.map((_, i) => `object ${i}`) },
      { neighbours: 1 },
    );
    for (const [i, embedding] of embeddings.entries()) {
      const { score, neighbours } = knn.detect(embedding);
      // Float32 rounding of a unit vector's square.
      assert.ok(Math.abs(score) < 1e-6);
      assert.deepEqual([neighbours[0]?.objectId, neighbours[0]?.label], [`object ${i}`, `class ${i % 3}`]);
    }
  } finally {
    await embedder.close();
  }
});

test("openRelease() refuses an alerts release whose inputs or statistics are not the code's", async () => {
  const cases = [
    ['renamed', '"asinhSnr"', '"snr"', /its tokens inputs differ.*"snr".*"asinhSnr"/],
    ['unit', '"log10(days)"', '"log10(hours)"', /its globals inputs differ.*"log10Period"/],
    ['absent', '"isCovered"', '"isSeen"', /its spectrum inputs differ/],
    ['sizes', '"feedForward": 128', '"feedForward": 64', /expand.weight/],
    ['hours', '"frequenciesMax": 512', '"frequenciesMax": 4194304', /period: pointsMax × frequenciesMax/],
    ['heads', '"heads": 4', '"heads": 5', /width must be a multiple of heads/],
  ] as const;
  for (const [name, from, to, message] of cases) {
    const copy = await changed(name, (text) => text.replace(from, to));
    await assert.rejects(openRelease(copy), { code: 'RELEASE_INVALID', message });
  }
  const short = await changed('short', (text) => {
    const manifest = JSON.parse(text) as {
      model: { preprocessing: { statistics: { globals: { edges: number[][] } } } };
    };
    manifest.model.preprocessing.statistics.globals.edges.pop();
    return JSON.stringify(manifest);
  });
  await assert.rejects(
    openRelease(short),
    /its globals statistics must be of 123 inputs: current value is 122/,
  );
});

test('openBank() refuses a bank of another size than the manifest says', async () => {
  const copy = await changed('fewer', (text) => text.replace('"objects": 12', '"objects": 13'));
  await assert.rejects(openBank(await openRelease(copy)), /must have 13 objects: current value is 12/);
});

test('embedTensors() embeds tensors of the alerts profile, and names what does not fit', async () => {
  const release = await openRelease(folder);
  const width = TOKEN_INPUTS.length;
  const tensors = new Map<string, Tensor>([
    ['in.tokens', float32Tensor(new Float32Array(20 * 8 * width).fill(0.5), [20, 8, width])],
    ['in.tokens_mask', float32Tensor(new Float32Array(20 * 8).fill(1), [20, 8])],
    [
      'in.globals',
      float32Tensor(new Float32Array(20 * encodedWidth(GLOBAL_INPUTS.length)), [
        20,
        encodedWidth(GLOBAL_INPUTS.length),
      ]),
    ],
    [
      'in.metadata',
      float32Tensor(new Float32Array(20 * encodedWidth(METADATA_INPUTS.length)).fill(1), [
        20,
        encodedWidth(METADATA_INPUTS.length),
      ]),
    ],
  ]);
  const [inFile, outFile] = [path.join(root, 'in.safetensors'), path.join(root, 'out.safetensors')];
  const embed = async (): Promise<readonly string[]> => {
    await writeSafetensors(inFile, tensors);
    const input = await SafetensorsFile.open(inFile);
    try {
      return (await embedTensors({ release, input, outFile, workers: 1 })).outputs;
    } finally {
      await input.close();
    }
  };
  assert.deepEqual(await embed(), ['out.photometry', 'out.metadata', 'out.mean']);
  const output = await SafetensorsFile.open(outFile);
  try {
    const [photometry, metadata, mean] = await Promise.all(
      ['out.photometry', 'out.metadata', 'out.mean'].map(
        async (name) => (await output.read(name)).data as Float32Array,
      ),
    );
    assert.equal(photometry?.length, 20 * 128);
    assert.ok(
      mean?.every((value, i) => Math.abs(value - ((photometry[i] ?? 0) + (metadata?.[i] ?? 0)) / 2) < 1e-7),
    );
  } finally {
    await output.close();
  }
  const whole = tensors.get('in.tokens_mask')?.data as Float32Array<ArrayBuffer>;
  for (const [change, message] of [
    [(mask: Float32Array) => mask.fill(0, 17 * 8, 18 * 8), /must have a 1 in every row: rows 16 to 19/],
    [(mask: Float32Array) => mask.fill(0.5, 3, 4), /must be of 0 and 1: rows 0 to 15/],
  ] as const) {
    const mask = whole.slice();
    change(mask);
    tensors.set('in.tokens_mask', float32Tensor(mask, [20, 8]));
    await assert.rejects(embed(), { code: 'TENSORS_INVALID', message });
  }
  tensors.set('in.tokens_mask', float32Tensor(whole, [20, 8]));
  tensors.delete('in.globals');
  await assert.rejects(embed(), {
    code: 'TENSORS_INVALID',
    message: /"in.globals" must be float32\[20, 1599\]: current value is none/,
  });
});
