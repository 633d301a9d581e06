import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { PipelineError } from '../../../core/index.ts';
import type { ErrorCode } from '../../../core/index.ts';
import { Ledger } from '../../../pipeline/index.ts';
import { OutputFolder } from '../../../pipeline/replay/output-folder.ts';

const PROGRESS = {
  formatVersion: 2,
  settingsSha256: 'abc',
  current: { inputsSha256: 'def', packets: 1 },
  spectra: { upTo: 0, beyond: [] },
  ledger: new Ledger().report(),
} as const;

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nightjar-output-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hasCode(code: ErrorCode, word: string): (error: unknown) => boolean {
  return (error) => error instanceof PipelineError && error.code === code && error.message.includes(word);
}

test('OutputFolder.open() cuts off what was written behind the last checkpoint', async () => {
  await inFolder(async (folder) => {
    const first = await OutputFolder.open(folder);
    assert.equal(first.checkpoint, null);
    await first.output.commit({ scores: [{ n: 1 }], deadLetters: [{ n: 2 }] }, PROGRESS);
    await first.output.close();
    const scores = path.join(folder, 'scores.jsonl');
    appendFileSync(scores, '{"n":99}\n{"n":');
    const second = await OutputFolder.open(folder);
    assert.equal(second.checkpoint?.current?.packets, 1);
    await second.output.commit({ scores: [{ n: 3 }] }, PROGRESS);
    await second.output.close();
    assert.equal(readFileSync(scores, 'utf8'), '{"n":1}\n{"n":3}\n');
    assert.equal(readFileSync(path.join(folder, 'dead-letters.jsonl'), 'utf8'), '{"n":2}\n');
  });
});

test('OutputFolder.commit() counts the bytes of records of any length', async () => {
  await inFolder(async (folder) => {
    const lengths = [10, 1_500_000, 20, 700_000, 700_000, 30];
    const letters = lengths.map((length, n) => ({ n, bytes: 'ä'.repeat(length) }));
    const { output } = await OutputFolder.open(folder);
    await output.commit({ deadLetters: letters }, PROGRESS);
    await output.close();
    const text = readFileSync(path.join(folder, 'dead-letters.jsonl'), 'utf8');
    assert.deepEqual(
      text
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
      letters,
    );
    const again = await OutputFolder.open(folder);
    assert.equal(again.checkpoint?.bytes.deadLetters, Buffer.byteLength(text));
    await again.output.close();
  });
});

test('OutputFolder.open() lists the inputs that earlier calls finished', async () => {
  await inFolder(async (folder) => {
    const { output } = await OutputFolder.open(folder);
    await output.commit({ finishedInputs: [{ file: 'a.avro', byteLength: 7 }] }, PROGRESS);
    await output.close();
    const again = await OutputFolder.open(folder);
    assert.deepEqual(again.finished, [{ file: 'a.avro', byteLength: 7 }]);
    await again.output.close();
  });
});

test('OutputFolder writes 64-bit identifiers as text', async () => {
  await inFolder(async (folder) => {
    const { output } = await OutputFolder.open(folder);
    await output.commit({ scores: [{ id: 170046093991084072n }] }, PROGRESS);
    await output.close();
    assert.equal(readFileSync(path.join(folder, 'scores.jsonl'), 'utf8'), '{"id":"170046093991084072"}\n');
  });
});

test('OutputFolder.open() refuses a checkpoint that it cannot read, and files shorter than it', async () => {
  await inFolder(async (folder) => {
    const { output } = await OutputFolder.open(folder);
    await output.commit({ scores: [{ n: 1 }] }, PROGRESS);
    await output.close();
    truncateSync(path.join(folder, 'scores.jsonl'), 3);
    await assert.rejects(OutputFolder.open(folder), hasCode('OUTPUT_UNUSABLE', 'scores.jsonl'));
    writeFileSync(path.join(folder, 'checkpoint.json'), '{"formatVersion":1}');
    await assert.rejects(OutputFolder.open(folder), hasCode('OUTPUT_UNUSABLE', 'checkpoint.json'));
  });
});

test('OutputFolder.open() names a path that is a file', async () => {
  await inFolder(async (folder) => {
    const file = path.join(folder, 'store-as-file');
    writeFileSync(file, 'x');
    await assert.rejects(OutputFolder.open(file), hasCode('OUTPUT_UNUSABLE', 'store-as-file'));
  });
});

test('OutputFolder.prepare() refuses records that no checkpoint speaks for, and leaves them', async () => {
  await inFolder(async (folder) => {
    const file = path.join(folder, 'scores.jsonl');
    writeFileSync(file, 'mine');
    await assert.rejects(OutputFolder.prepare(folder), hasCode('OUTPUT_UNUSABLE', 'scores.jsonl'));
    assert.equal(readFileSync(file, 'utf8'), 'mine');
  });
});
