import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METADATA_FIELD_NAMES } from '../../core/index.ts';
import { isInRange } from '../../streams/metadata-ranges.ts';

/** Of these fields a placeholder above 0 can be a value. */
const CAN_BE_99 = /Separation|properMotion|^parallaxMas$/;
const CAN_BE_999 = /Separation|properMotion/;
/** Of these one below 0 can be. */
const CAN_BE_NEGATIVE = /^parallaxMas$/;

for (const field of METADATA_FIELD_NAMES) {
  test(`METADATA_RANGES leaves out what stands for a missing ${field}`, () => {
    assert.equal(isInRange(field, -999), false, '-999');
    assert.equal(isInRange(field, -9), CAN_BE_NEGATIVE.test(field), '-9');
    assert.equal(isInRange(field, -99), CAN_BE_NEGATIVE.test(field), '-99');
    assert.equal(isInRange(field, 99), CAN_BE_99.test(field), '99');
    assert.equal(isInRange(field, 999), CAN_BE_999.test(field), '999');
    assert.equal(isInRange(field, Number.NaN), false);
    assert.equal(isInRange(field, Infinity), false);
    assert.equal(isInRange(field, 0.5), true, '0.5');
    if (field.includes('Err')) assert.equal(isInRange(field, 0), false, 'no error is 0');
  });
}
