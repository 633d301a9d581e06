import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PipelineError } from '../../../core/index.ts';
import {
  architectureFromConfig,
  float32Tensor,
  importAstroM3,
  listReleases,
  openRelease,
  releaseFile,
  writeRelease,
  writeSafetensors,
} from '../../../model/index.ts';
import type { Manifest, Tensor } from '../../../model/index.ts';
import { drawnWeights, SMALL_CONFIG, writeSmallState } from '../../helpers/paper-weights.ts';

const root = mkdtempSync(path.join(tmpdir(), 'nightjar-releases-'));
const weightsFile = path.join(root, 'state.safetensors');
const configFile = path.join(root, 'config.json');
const good = path.join(root, 'releases', 'good');
const weights = drawnWeights({ architecture: architectureFromConfig(SMALL_CONFIG), layout: 'reference' });

before(async () => {
  await writeSmallState(root);
  mkdirSync(path.join(root, 'releases'));
  await importAstroM3({ weightsFile, configFile, folder: good, name: 'good', layout: 'reference' });
});

after(() => {
  rmSync(root, { recursive: true });
});

function fails(code: string, pattern: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof PipelineError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    return true;
  };
}

/** A copy of the good release whose manifest is changed, with digests that fit its files. */
async function changed(change: (manifest: Manifest) => unknown): Promise<string> {
  const folder = mkdtempSync(path.join(root, 'changed-'));
  cpSync(good, folder, { recursive: true });
  const file = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  const { sha256 } = await releaseFile(folder, manifest.weights.file);
  const fresh = { ...manifest, weights: { ...manifest.weights, sha256 } };
  writeFileSync(file, JSON.stringify(change(fresh)));
  return folder;
}

/** A copy of the good release with other tensors, and the digest that fits them. */
async function withWeights(tensors: ReadonlyMap<string, Tensor>): Promise<string> {
  const folder = await changed((manifest) => manifest);
  const file = path.join(folder, 'weights.safetensors');
  await writeSafetensors(file, tensors);
  const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const { sha256 } = await releaseFile(folder, 'weights.safetensors');
  writeFileSync(
    path.join(folder, 'manifest.json'),
    JSON.stringify({ ...manifest, weights: { ...manifest.weights, sha256 } }),
  );
  return folder;
}

test('importAstroM3() makes a release that opens by folder and by name, with every weight as it was', async () => {
  for (const release of [await openRelease(good), await openRelease('good', path.join(root, 'releases'))]) {
    assert.equal(release.manifest.name, 'good');
    assert.equal(release.manifest.weights.origin, 'imported');
    for (const [name, tensor] of weights) assert.deepEqual(release.weights.get(name), tensor, name);
    assert.deepEqual(release.weights.get('index_sample')?.shape, [12, 3]);
  }
  assert.deepEqual(await listReleases(path.join(root, 'releases')), ['good']);
});

test('importAstroM3() gives the same files for the same state dict', async () => {
  const folder = path.join(root, 'again');
  await importAstroM3({ weightsFile, configFile, folder, name: 'good', layout: 'reference' });
  for (const file of readdirSync(good))
    assert.deepEqual(readFileSync(path.join(folder, file)), readFileSync(path.join(good, file)), file);
});

test('importAstroM3() names what is missing, unexpected, misshapen or not finite, and leaves nothing behind', async () => {
  const folder = path.join(root, 'refused');
  const importing = async (change: (tensors: Map<string, Tensor>) => void): Promise<void> => {
    const tensors = new Map(weights);
    change(tensors);
    const file = path.join(root, 'changed.safetensors');
    await writeSafetensors(file, tensors);
    await importAstroM3({ weightsFile: file, configFile, folder, name: 'refused', layout: 'reference' });
  };
  const bias = 'metadata_proj.bias';
  await assert.rejects(
    importing((tensors) => tensors.delete(bias)),
    fails('RELEASE_INVALID', /missing are "metadata_proj.bias"$/),
  );
  await assert.rejects(
    importing((tensors) => tensors.set('fc.weight', float32Tensor(new Float32Array(1), [1]))),
    fails('RELEASE_INVALID', /unexpected are "fc.weight"$/),
  );
  await assert.rejects(
    importing((tensors) => tensors.set(bias, float32Tensor(new Float32Array(7), [7]))),
    fails('RELEASE_INVALID', /"metadata_proj.bias" must be float32\[8\]: current value is float32\[7\]/),
  );
  await assert.rejects(
    importing((tensors) => tensors.set(bias, float32Tensor(new Float32Array(8).fill(Number.NaN), [8]))),
    fails('RELEASE_INVALID', /the values of "metadata_proj.bias" must be finite/),
  );
  const table = 'photometry_encoder.enc_embedding.position_embedding.pe';
  await assert.rejects(
    importing((tensors) => tensors.set(table, float32Tensor(new Float32Array(96), [1, 12, 8]))),
    fails('RELEASE_INVALID', /is not the sinusoidal encoding/),
  );
  assert.ok(!readdirSync(root).some((name) => name.startsWith('refused')));
});

test('importAstroM3() refuses configurations that are none, and folders in use', async () => {
  const importing = (config: string, folder = path.join(root, 'refused')): Promise<unknown> => {
    const file = path.join(root, 'other.json');
    writeFileSync(file, config);
    return importAstroM3({ weightsFile, configFile: file, folder, name: 'refused', layout: 'reference' });
  };
  await assert.rejects(importing('{'), fails('CONFIG_INVALID', /as JSON/));
  await assert.rejects(importing('{"p_n_heads":"four"}'), fails('CONFIG_INVALID', /p_n_heads/));
  await assert.rejects(importing('{"m_input_dim":5}'), fails('CONFIG_INVALID', /34 metadata inputs: current value is 5/));
  await assert.rejects(
    importing(JSON.stringify(SMALL_CONFIG), good),
    fails('OUTPUT_UNUSABLE', /new or empty: current value is 2 entries/),
  );
});

test('openRelease() says which release is not found, and what there is', async () => {
  await assert.rejects(
    openRelease('nope', path.join(root, 'releases')),
    fails('RELEASE_NOT_FOUND', /"nope".*shipped are good$/),
  );
  await assert.rejects(openRelease(root), fails('RELEASE_NOT_FOUND', /manifest\.json/));
});

test('openRelease() says which file is damaged', async () => {
  const folder = await changed((manifest) => manifest);
  const file = path.join(folder, 'weights.safetensors');
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] = 0x41;
  writeFileSync(file, bytes);
  await assert.rejects(openRelease(folder), fails('RELEASE_INVALID', /"weights.safetensors" must have the sha256/));
  rmSync(file);
  await assert.rejects(openRelease(folder), fails('RELEASE_INVALID', /"weights.safetensors" cannot be read/));
});

test('openRelease() says which tensor is missing, misshapen or out of range', async () => {
  const opened = (await openRelease(good)).weights;
  const without = new Map(opened);
  without.delete('spectra_proj.weight');
  await assert.rejects(
    openRelease(await withWeights(without)),
    fails('RELEASE_INVALID', /missing are "spectra_proj.weight"/),
  );
  const sample = opened.get('index_sample');
  assert.ok(sample?.dtype === 'int64');
  const outside = new Map(opened).set('index_sample', { ...sample, data: sample.data.with(3, 12n) });
  await assert.rejects(
    openRelease(await withWeights(outside)),
    fails('RELEASE_INVALID', /"index_sample" must be steps below 12: current value is 12/),
  );
});

const MANIFESTS: readonly (readonly [string, (manifest: Manifest) => unknown, RegExp])[] = [
  ['an unknown key', (manifest) => ({ ...manifest, extra: 1 }), /extra/],
  ['another format', (manifest) => ({ ...manifest, formatVersion: 2 }), /formatVersion/],
  ['an unknown profile', (manifest) => ({ ...manifest, profile: 'other' }), /profile/],
  [
    'a file outside the folder',
    (manifest) => ({ ...manifest, weights: { ...manifest.weights, file: '../weights.safetensors' } }),
    /plain file name/,
  ],
  [
    'other inputs',
    (manifest) => ({
      ...manifest,
      model: { ...manifest.model, inputs: { ...manifest.model.inputs, spectra: ['flux'] } },
    }),
    /spectra inputs must be flux, fluxErr, log10Mad: current value is flux/,
  ],
  ['no object', () => [1], /top level/],
];

for (const [what, change, pattern] of MANIFESTS) {
  test(`openRelease() refuses a manifest with ${what}`, async () => {
    await assert.rejects(openRelease(await changed(change)), fails('RELEASE_INVALID', pattern));
  });
}

test('openRelease() refuses a manifest that is too long', async () => {
  const folder = await changed((manifest) => ({ ...manifest, name: 'x'.repeat(4 * 1024 * 1024) }));
  await assert.rejects(
    openRelease(folder),
    fails('RELEASE_INVALID', /it may have 4194304 bytes: current value is \d+$/),
  );
});

test('writeRelease() leaves alone what it did not write', async () => {
  const folder = path.join(root, 'used');
  cpSync(good, folder, { recursive: true });
  mkdirSync(`${folder}.partial`);
  await assert.rejects(
    writeRelease(folder, () => Promise.reject(new Error('not asked'))),
    fails('OUTPUT_UNUSABLE', /new or empty/),
  );
  assert.ok(readdirSync(root).includes('used.partial'));
});

test('writeRelease() leaves nothing behind when its files cannot be written', async () => {
  const folder = path.join(root, 'failed');
  const failure = new Error('no weights');
  await assert.rejects(
    writeRelease(folder, () => Promise.reject(failure)),
    failure,
  );
  assert.ok(!readdirSync(root).some((name) => name.startsWith('failed')));
});
