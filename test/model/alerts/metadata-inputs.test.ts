import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METADATA_FIELD_NAMES } from '../../../core/index.ts';
import { METADATA_INPUTS, metadataInputs } from '../../../model/alerts/metadata-inputs.ts';

const POSITION = { raDeg: 192.85948, decDeg: 27.12825 };

function value(inputs: Float64Array | null, name: string): number {
  return inputs?.[METADATA_INPUTS.findIndex((input) => input.name === name)] ?? NaN;
}

test('metadataInputs() transforms fields and adds the place in the Galaxy', () => {
  const inputs = metadataInputs(
    { gaiaGMag: 17, parallaxMas: -2, hostRedshift: 0.099, gaiaSeparationArcsec: 0.9 },
    POSITION,
  );
  const near = (name: string, want: number): void => {
    assert.ok(Math.abs(value(inputs, name) - want) < 1e-9, name);
  };
  near('gaiaGMag', 17);
  near('parallaxMas', Math.asinh(-2));
  near('hostRedshift', -1);
  near('gaiaSeparationArcsec', 0);
  near('sinGalacticLatitude', 1);
  near('absSinGalacticLatitude', 1);
  assert.ok(Number.isNaN(value(inputs, 'jMag')));
});

test('metadataInputs() is null without a field: the position alone is no metadata', () => {
  assert.equal(metadataInputs({}, POSITION), null);
  assert.equal(metadataInputs({ jMag: 99.9, gaiaSeparationArcsec: -1 }, POSITION), null);
});

test('metadataInputs() gives every field an input of its own', () => {
  for (const field of METADATA_FIELD_NAMES) {
    const inputs = metadataInputs({ [field]: 0.5 }, POSITION);
    const known = METADATA_INPUTS.filter((_, i) => !Number.isNaN(inputs?.[i])).map(({ name }) => name);
    assert.deepEqual(known, [field, 'absSinGalacticLatitude', 'sinGalacticLatitude', 'cosGalacticLongitude']);
  }
});

test('metadataInputs() never gives an infinite value', () => {
  for (const hostile of [Infinity, -Infinity, NaN, 1e308, -1e308]) {
    for (const field of METADATA_FIELD_NAMES) {
      const inputs = metadataInputs({ [field]: hostile, jMag: 12 }, { raDeg: hostile, decDeg: hostile });
      assert.ok(inputs?.every((x) => Number.isNaN(x) || Number.isFinite(x)));
    }
  }
});
