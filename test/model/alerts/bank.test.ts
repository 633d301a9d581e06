import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { Random, type Embedding, type ReferenceBank } from '../../../core/index.ts';
import { BANK_FILES, readBank, referenceBank, writeBank } from '../../../model/alerts/bank.ts';

const DIMENSIONS = 16;

function bank(): ReferenceBank {
  const random = new Random('bank');
  const unit = (): Float32Array => {
    const vector = new Float32Array(DIMENSIONS).map(() => random.normal());
    const norm = Math.hypot(...vector);
    return vector.map((value) => value / norm);
  };
  const embeddings: Embedding[] = [
    { mask: 'P', photometry: unit(), spectrum: null, metadata: null },
    { mask: 'PMS', photometry: unit(), spectrum: unit(), metadata: unit() },
    { mask: 'PS', photometry: unit(), spectrum: unit(), metadata: null },
  ];
  return referenceBank(
    embeddings.map((embedding, i) => ({ objectId: `ZTF"${i}\n`, label: 'RR Lyræ', embedding })),
    DIMENSIONS,
  );
}

async function folderWithBank(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nightjar-bank-'));
  context.after(() => rm(folder, { recursive: true }));
  await writeBank(folder, bank());
  return folder;
}

test('readBank() gives what writeBank() was given, and the same bank gives the same bytes', async (context) => {
  const [first, second] = [await folderWithBank(context), await folderWithBank(context)];
  assert.deepEqual(await readBank(first, DIMENSIONS), bank());
  for (const file of Object.values(BANK_FILES))
    assert.deepEqual(await readFile(path.join(first, file)), await readFile(path.join(second, file)));
});

test('referenceBank() leaves rows of missing modalities zero', () => {
  const { spectra, metadata, masks } = bank();
  assert.deepEqual(masks, ['P', 'PMS', 'PS']);
  assert.ok(spectra.subarray(0, DIMENSIONS).every((value) => value === 0));
  assert.ok(metadata.subarray(2 * DIMENSIONS).every((value) => value === 0));
});

test('readBank() says what is wrong with a damaged bank', async (context) => {
  const folder = await folderWithBank(context);
  const objects = path.join(folder, BANK_FILES.objects);
  const vectors = path.join(folder, BANK_FILES.vectors);
  const [text, bytes] = [await readFile(objects, 'utf8'), await readFile(vectors)];
  const invalid = (message: RegExp): Promise<void> =>
    assert.rejects(readBank(folder, DIMENSIONS), { code: 'RELEASE_INVALID', message });
  await assert.rejects(readBank(folder, 8), /must be float32\[3, 8\]: current value is float32\[3, 16\]/);
  await writeFile(objects, text.replace('"PMS"', '"PM"'));
  await invalid(/row 1 of "spectra" must have norm 0: current value is 1/);
  await writeFile(objects, text.replace('"PMS"', '"XYZ"'));
  await invalid(/bank\.json/);
  await writeFile(objects, text.slice(0, 40));
  await invalid(/bank\.json/);
  await writeFile(objects, text);
  await writeFile(vectors, bytes.subarray(0, 100));
  await invalid(/bank\.safetensors/);
  await rm(vectors);
  await invalid(/no such file/);
});
