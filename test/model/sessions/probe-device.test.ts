import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeDevice } from '../../../model/index.ts';

/** No driver is found, whatever the machine has. */
const WITHOUT = { VK_DRIVER_FILES: '/none.json', VK_ICD_FILENAMES: '/none.json', CUDA_VISIBLE_DEVICES: '-1' };

const beginningWith = (script: string): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_OPTIONS: `--import=data:text/javascript,${script}`,
});

test('probeDevice() says why a device is not there', async () => {
  const env = { ...process.env, ...WITHOUT };
  const webgpu = await probeDevice('webgpu', { env });
  assert.ok(!webgpu.isThere);
  assert.match(webgpu.reason, /^(there is no Vulkan driver|libvulkan\.so\.1 is not installed)$/);
  const cuda = await probeDevice('cuda', { env });
  assert.ok(!cuda.isThere);
  assert.match(cuda.reason, /^[^\n]+$/);
});

test('probeDevice() says so where its process cannot be started', async (context) => {
  const { execPath } = process;
  context.after(() => {
    process.execPath = execPath;
  });
  process.execPath = '/none';
  const found = await probeDevice('webgpu');
  assert.ok(!found.isThere);
  assert.equal(found.reason, 'the process that tries its driver cannot be started: spawn /none ENOENT');
});

test('probeDevice() outlives a driver that crashes, ends the process, or hangs', async () => {
  const cases = [
    ['process.abort()', 60_000, /^its driver ended the process that tried it: current signal is SIGABRT$/],
    ['process.exit(3)', 60_000, /^its driver ended the process that tried it: current exit status is 3$/],
    ['for(;;);', 500, /^its driver did not answer within 0\.5 s$/],
  ] as const;
  for (const [script, timeoutMs, expected] of cases) {
    const found = await probeDevice('webgpu', { env: beginningWith(script), timeoutMs });
    assert.ok(!found.isThere);
    assert.match(found.reason, expected);
  }
});
