import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { StampMaker } from '../../../simulator/packets/cutouts.ts';
import type { Scene } from '../../../simulator/packets/cutouts.ts';

const FORMAT = {
  pixels: 63,
  pixelArcsec: 1,
  fwhmArcsec: 2,
  unitNjy: 100,
  unitName: 'DN',
  isGzipped: true,
} as const;
const SCENE: Scene = { pointNjy: 1e6, noiseNjy: 500, galaxy: null, variant: 0 };

/** Pixels of a stamp in the survey's unit, after a look at the header. */
function pixelsOf(stamp: Buffer): Float64Array {
  const file = gunzipSync(stamp);
  assert.equal(file.length % 2880, 0);
  const cards = Array.from({ length: 36 }, (_, i) => file.toString('latin1', 80 * i, 80 * (i + 1)));
  assert.equal(cards[0], 'SIMPLE  =                    T'.padEnd(80));
  assert.equal(cards[1], 'BITPIX  =                  -32'.padEnd(80));
  assert.ok(cards.some((card) => card.trimEnd() === 'END'));
  return Float64Array.from({ length: 63 * 63 }, (_, i) => file.readFloatBE(2880 + 4 * i));
}

test('StampMaker puts the flux of the source into its middle', () => {
  const pixels = pixelsOf(new StampMaker(FORMAT).stampOf(SCENE));
  let [sum, centre] = [0, 0];
  pixels.forEach((value, i) => {
    const [x, y] = [(i % 63) - 31, Math.floor(i / 63) - 31];
    if (Math.hypot(x, y) < 6) sum += value;
    if (x === 0 && y === 0) centre = value;
  });
  // Fluxes are right to 2.5 %; the noise in the aperture adds a percent.
  assert.ok(Math.abs((sum * 100) / 1e6 - 1) < 0.04, `sum ${sum}`);
  assert.equal(centre, Math.max(...pixels));
});

test('StampMaker gives the same bytes for a scene, whatever came before', () => {
  const [one, other] = [new StampMaker(FORMAT), new StampMaker(FORMAT)];
  for (let i = 0; i < 20; i++) one.stampOf({ ...SCENE, pointNjy: 1000 * 1.5 ** i });
  assert.deepEqual(one.stampOf(SCENE), other.stampOf(SCENE));
});

test('StampMaker draws galaxies beside the source and sources that faded below the sky', () => {
  const galaxy = { fluxNjy: 1e7, scaleArcsec: 3, offsetEastArcsec: 0, offsetNorthArcsec: 10 };
  const pixels = pixelsOf(new StampMaker(FORMAT).stampOf({ ...SCENE, pointNjy: -1e6, galaxy }));
  assert.ok((pixels[31 * 63 + 31] ?? 0) < 0);
  const brightest = pixels.indexOf(Math.max(...pixels));
  assert.ok(Math.hypot((brightest % 63) - 31, Math.floor(brightest / 63) - 41) < 2);
});
