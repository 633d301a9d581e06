import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { claimText, createClaim, dropClaim, liveClaim } from '../../core/writer-claim.ts';

test('liveClaim() is the claim of another store open in this process, until it is dropped', () => {
  const [own, other] = [createClaim(), createClaim()];
  assert.deepEqual(liveClaim(claimText(other), own), other);
  dropClaim(other);
  assert.equal(liveClaim(claimText(other), own), null);
  dropClaim(own);
});

test('liveClaim() tells a process that runs from one that has ended or is another by now', () => {
  const own = createClaim();
  const parent = { ...own, pid: process.ppid };
  // Another start with the same number: the process that claimed is gone.
  assert.equal(liveClaim(claimText({ ...parent, startTicks: '1' }), own), null);
  const { pid } = spawnSync(process.execPath, ['--version']);
  assert.equal(liveClaim(claimText({ ...own, pid, startTicks: null }), own), null);
  const running = { ...parent, startTicks: null };
  assert.deepEqual(liveClaim(claimText(running), own), running);
  dropClaim(own);
});

test('liveClaim() takes a claim from elsewhere, or that is no claim, as gone', () => {
  const own = createClaim();
  assert.equal(liveClaim(claimText({ ...own, bootId: 'another' }), own), null);
  assert.equal(liveClaim(claimText({ ...own, pidNamespace: 'another' }), own), null);
  for (const text of ['', '{}', 'null', '{"pid":"1"}']) assert.equal(liveClaim(text, own), null);
  dropClaim(own);
});
