// Names of the tensors that go from graph to graph within a step that is several.

/** What the encoders give. */
export function featureOf(name: string): string {
  return `feature.${name}`;
}

/** ∂loss / ∂feature. */
export function cotangentOf(feature: string): string {
  return `cotangent.${feature}`;
}

/** ∂loss / ∂parameter. */
export function gradientOf(parameter: string): string {
  return `gradient.${parameter}`;
}

/** What the pieces so far add to a gradient. */
export function sumOf(parameter: string): string {
  return `sum.${parameter}`;
}

/** The same with one more piece. */
export function nextSumOf(parameter: string): string {
  return `next.${sumOf(parameter)}`;
}
