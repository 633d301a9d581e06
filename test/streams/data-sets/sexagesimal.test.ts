import assert from 'node:assert/strict';
import { test } from 'node:test';
import { degreesFromText } from '../../../streams/data-sets/sexagesimal.ts';

test('degreesFromText() reads hours, degrees and plain numbers', () => {
  assert.equal(degreesFromText('06:30:00', 15), 97.5);
  assert.equal(degreesFromText('06:30', 15), 97.5);
  assert.equal(degreesFromText('6h30m30s', 15), 97.625);
  assert.equal(degreesFromText('-00 30 00', 1), -0.5);
  assert.equal(degreesFromText('+10:15:36.0', 1), 10.26);
  assert.equal(degreesFromText('123.25', 15), 123.25);
  for (const text of ['', ' ', 'north', '12:x']) assert.ok(Number.isNaN(degreesFromText(text, 1)), text);
});
