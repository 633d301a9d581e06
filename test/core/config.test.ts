import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { PipelineError, loadConfig } from '../../core/index.ts';

function withFile(content: string, use: (file: string) => void): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'nightjar-config-'));
  try {
    const file = path.join(folder, 'nightjar.yaml');
    writeFileSync(file, content);
    use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('loadConfig() lays the command line over the file over the defaults', () => {
  withFile('window: { pointsMin: 5, pointsMax: 50 }\n', (file) => {
    const config = loadConfig(file, { window: { pointsMax: 60 }, registry: { url: undefined } });
    assert.equal(config.window.pointsMin, 5);
    assert.equal(config.window.pointsMax, 60);
    assert.equal(config.window.retentionDays, 3650);
    assert.equal(config.registry.url, null);
  });
});

test('loadConfig() names an unknown key and the file', () => {
  withFile('windw: {}\n', (file) => {
    assert.throws(
      () => loadConfig(file),
      (error: unknown) =>
        error instanceof PipelineError &&
        error.code === 'CONFIG_INVALID' &&
        error.message.includes('windw') &&
        error.message.includes(file),
    );
  });
});

test('loadConfig() gives a frozen value', () => {
  assert.ok(Object.isFrozen(loadConfig(null).window));
});

test('loadConfig() refuses more packets under way than may come again', () => {
  assert.throws(
    () => loadConfig(null, { pipeline: { batchPackets: 512, batchesInFlightMax: 2 } }),
    (error: unknown) =>
      error instanceof PipelineError && error.message.includes('window.redeliveryPacketsMax'),
  );
});

test('loadConfig() takes a registry over HTTP only, with a user that can be read', () => {
  for (const url of ['http://localhost:8081', 'https://me:s%40cret@registry.example/path']) {
    assert.equal(loadConfig(null, { registry: { url } }).registry.url, url);
  }
  for (const url of ['localhost:8081', 'ftp://registry.example', 'registry.example', 'http://50%@host']) {
    assert.throws(
      () => loadConfig(null, { registry: { url } }),
      (error) => error instanceof PipelineError && error.message.includes('registry.url: must'),
      url,
    );
  }
});

test('loadConfig() refuses a file that is no map of sections', () => {
  for (const content of ['42', 'text', '- a']) {
    withFile(content, (file) => {
      assert.throws(
        () => loadConfig(file),
        (error: unknown) => error instanceof PipelineError && error.message.includes('map of sections'),
      );
    });
  }
});

test('loadConfig() refuses limits under which nothing is scored', () => {
  assert.throws(
    () => loadConfig(null, { window: { pointsMin: 5, pointsMax: 2 } }),
    (error: unknown) => error instanceof PipelineError && error.message.includes('window.pointsMin'),
  );
});
