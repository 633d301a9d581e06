import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  configSchema,
  DEFAULT_SURVEY_MAPPINGS,
  effectiveWavelengthAngstrom,
  surveyMappingSchema,
} from '../../core/index.ts';

const MEASUREMENT = {
  time: { path: 'mjd', scale: 'mjdUtc' },
  band: { letter: 'r' },
  flux: { path: 'flux', errPath: 'fluxErr', unit: 'njy' },
};
const MAPPING = {
  kind: 'alert',
  survey: 'mine',
  schemaName: 'mine\\.alert',
  objectId: 'id',
  raDeg: 'ra',
  decDeg: 'dec',
  measurement: MEASUREMENT,
};

test('the mappings that come with Nightjar are valid, and the wavelength of each of their bands is known', () => {
  const mappings = DEFAULT_SURVEY_MAPPINGS.map((mapping) => surveyMappingSchema.parse(mapping));
  for (const mapping of mappings) {
    if (mapping.kind !== 'alert') continue;
    const { band } = mapping.measurement;
    const letters = 'letter' in band ? [band.letter] : Object.values(band.letters);
    for (const letter of letters) {
      assert.notEqual(
        effectiveWavelengthAngstrom(mapping.survey, letter),
        null,
        `${mapping.survey} ${letter}`,
      );
    }
  }
});

test('a mapping that cannot be meant is refused with the reason', () => {
  const refused: readonly (readonly [object, RegExp])[] = [
    [{ ...MAPPING, colour: 'blue' }, /[Uu]nrecognized key/],
    [{ ...MAPPING, schemaName: '(' }, /regular expression/],
    [{ ...MAPPING, objectId: 'a..b' }, /joined by dots/],
    [{ ...MAPPING, measurement: { ...MEASUREMENT, flux: null } }, /flux or magnitude/],
    [
      {
        ...MAPPING,
        measurement: { ...MEASUREMENT, flux: null, magnitude: { path: 'm', errPath: 'e', system: 'Vega' } },
      },
      /abMinusVegaMag/,
    ],
    [{ kind: 'refusal', survey: 'mine', schemaName: 'x' }, /reason|string/],
    [{ ...MAPPING, metadata: { period: 'p' } }, /[Ii]nvalid|[Uu]nrecognized/],
  ];
  for (const [mapping, reason] of refused) {
    const result = surveyMappingSchema.safeParse(mapping);
    assert.ok(!result.success, JSON.stringify(mapping));
    assert.match(result.error.message, reason);
  }
});

test('a configuration without mappings has those that come with Nightjar', () => {
  assert.equal(configSchema.parse({}).decode.mappings.length, DEFAULT_SURVEY_MAPPINGS.length);
  assert.equal(configSchema.parse({ decode: { mappings: [MAPPING] } }).decode.mappings[0]?.survey, 'mine');
});
