import { z } from 'zod';

/** Name and unit of one input, as a release lists it. */
export const inputSpecSchema = z.strictObject({ name: z.string(), unit: z.string() });
export type InputSpec = Readonly<z.infer<typeof inputSpecSchema>>;

/** A list of inputs as a release writes it: names and units without the rules that compute them. */
export function inputSpecs(inputs: readonly InputSpec[]): InputSpec[] {
  return inputs.map(({ name, unit }) => ({ name, unit }));
}

/**
 * Where a release's list of inputs departs from the code's.
 *
 * @returns one sentence about the first difference, or `null` if the lists are equal
 */
export function inputDifference(inputs: readonly InputSpec[], expected: readonly InputSpec[]): string | null {
  for (let i = 0; i < Math.max(inputs.length, expected.length); i++) {
    const [got, want] = [inputs[i], expected[i]];
    if (got?.name !== want?.name || got?.unit !== want?.unit)
      return `input ${i} is ${described(got)} there and ${described(want)} here`;
  }
  return null;
}

function described(input: InputSpec | undefined): string {
  return input === undefined ? 'absent' : `"${input.name}" in "${input.unit}"`;
}
