import { z } from 'zod';
import type { KeySchema } from '../../core/index.ts';
import { trainingSchema } from '../../model/index.ts';

/** What is used of a training's schema in JSON Schema's words, beside what `KeySchema` has. */
export interface TrainingKeySchema extends KeySchema {
  readonly properties?: Readonly<Record<string, TrainingKeySchema>>;
  readonly anyOf?: readonly TrainingKeySchema[];
  /** Kinds, told apart by their `kind`. */
  readonly oneOf?: readonly TrainingKeySchema[];
  readonly const?: string;
}

export interface TrainingKey {
  /** The path, joined by dots; of a kind's key with the kind: `optimiser(adam).beta1`. */
  readonly name: string;
  readonly schema: TrainingKeySchema;
}

/** Every key of a training, in the schema's order, those of each kind after each other. */
export function trainingKeys(): readonly TrainingKey[] {
  return keysBelow(
    '',
    z.toJSONSchema(trainingSchema, { io: 'input', unrepresentable: 'any' }) as TrainingKeySchema,
  );
}

function keysBelow(prefix: string, schema: TrainingKeySchema): TrainingKey[] {
  const kinds = (schema.oneOf ?? []).flatMap((kind) =>
    keysBelow(`${prefix}(${kind.properties?.['kind']?.const ?? 'any'})`, kind),
  );
  const alternatives = (schema.anyOf ?? []).flatMap((inner) => keysBelow(prefix, inner));
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    return key === 'kind' && inner.const !== undefined
      ? []
      : [{ name, schema: inner }, ...keysBelow(name, inner)];
  });
  return [...kinds, ...alternatives, ...own];
}
