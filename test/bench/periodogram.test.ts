import assert from 'node:assert/strict';
import { test } from 'node:test';
import { periodogramBench } from '../../bench/periodogram/compare.ts';

test('periodogramBench() gives the time of both ways, alone where no peer is named', async () => {
  const { n, figures, text, config } = await periodogramBench({
    points: 40,
    frequencies: 9000,
    rounds: 1,
    runs: 1,
    python: null,
    onProgress: () => undefined,
  });
  assert.deepEqual(n, { points: 40, frequencies: 9000 });
  assert.equal(config['astropy'], null);
  for (const name of ['fast', 'direct']) assert.ok((figures[`${name}.ms`]?.raw[0] ?? 0) > 0, name);
  assert.match(text, /No Python with astropy was found/);
});
