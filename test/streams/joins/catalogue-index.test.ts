import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CatalogueBlock } from '../../../streams/joins/catalogue-index.ts';
import { CatalogueIndex } from '../../../streams/joins/catalogue-index.ts';
import { separationArcsec } from '../../../streams/sky.ts';

interface Source {
  readonly id: string;
  readonly raDeg: number;
  readonly decDeg: number;
  readonly value: number;
}

function blockOf(sources: readonly Source[]): CatalogueBlock {
  return {
    raDeg: Float64Array.from(sources, ({ raDeg }) => raDeg),
    decDeg: Float64Array.from(sources, ({ decDeg }) => decDeg),
    values: [Float32Array.from(sources, ({ value }) => value)],
    idBytes: Uint8Array.from(sources, ({ id }) => Buffer.byteLength(id)),
    idText: Buffer.from(sources.map(({ id }) => id).join('')),
  };
}

function indexOf(...blocks: readonly (readonly Source[])[]): CatalogueIndex {
  return new CatalogueIndex(['jMag'], blocks.map(blockOf));
}

test('CatalogueIndex.match() is the nearest source, with the others within the radius behind it', () => {
  const index = indexOf(
    [
      { id: 'far', raDeg: 10, decDeg: 2 / 3600, value: 3 },
      { id: 'near', raDeg: 10, decDeg: -1 / 3600, value: 2 },
    ],
    [{ id: 'outside', raDeg: 10, decDeg: 4 / 3600, value: 1 }],
  );
  const match = index.match(10, 0, { radiusArcsec: 3, candidatesMax: 5 });
  assert.deepEqual(
    match?.candidates.map(({ catalogueId }) => catalogueId),
    ['near', 'far'],
  );
  assert.deepEqual(match.metadata, { jMag: 2 });
  assert.ok(Math.abs(match.separationArcsec - 1) < 1e-9);
  assert.equal(index.match(11, 0, { radiusArcsec: 3, candidatesMax: 5 }), null);
});

test('CatalogueIndex.match() orders equally near sources of one place as the file does', () => {
  const sources = ['c', 'a', 'b'].map((id) => ({ id, raDeg: 359.9999, decDeg: -30, value: NaN }));
  const match = indexOf(sources).match(359.9999, -30, { radiusArcsec: 1, candidatesMax: 2 });
  assert.deepEqual(
    match?.candidates.map(({ catalogueId, metadata }) => [catalogueId, metadata]),
    [
      ['c', {}],
      ['a', {}],
    ],
  );
});

test('CatalogueIndex.match() finds what a search of every row finds, at poles too', () => {
  const around = fc.constantFrom([0, 0], [359.9999, 45], [120, 89.9995], [250, -89.9999], [77, -60]);
  const offset = fc.double({ min: -20, max: 20, noNaN: true });
  const place = fc.tuple(around, offset, offset).map(([[ra = 0, dec = 0], east, north]) => {
    const decDeg = Math.max(-90, Math.min(90, dec + north / 3600));
    const raDeg = ra + east / 3600 / Math.max(1e-4, Math.cos((decDeg * Math.PI) / 180));
    return { raDeg: ((raDeg % 360) + 360) % 360, decDeg };
  });
  fc.assert(
    fc.property(
      fc.array(place, { minLength: 1, maxLength: 60 }),
      place,
      fc.double({ min: 0.1, max: 30, noNaN: true }),
      (places, centre, radiusArcsec) => {
        const sources = places.map((position, i) => ({ ...position, id: String(i), value: i }));
        const half = sources.length >> 1;
        const index = indexOf(sources.slice(0, half), sources.slice(half));
        const expected = sources
          .map((source) => separationArcsec(centre, source))
          .filter((separation) => separation <= radiusArcsec)
          .sort((a, b) => a - b)
          .slice(0, 4);
        const match = index.match(centre.raDeg, centre.decDeg, { radiusArcsec, candidatesMax: 4 });
        assert.deepEqual(match?.candidates.map((candidate) => candidate.separationArcsec) ?? [], expected);
        for (const { catalogueId, metadata, raDeg } of match?.candidates ?? []) {
          assert.equal(metadata.jMag, Number(catalogueId));
          assert.equal(raDeg, sources[Number(catalogueId)]?.raDeg);
        }
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});
