import { parseDocument } from 'yaml';
import { yamlComplaint } from './config-file.ts';
import { configKeys, isConfigVariable, takesNull, takesText } from './key-tree.ts';
import type { ConfigKey } from './key-tree.ts';
import { nearestName } from './nearest-name.ts';

/** Variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment gives of the configuration. */
export interface EnvironmentLayer {
  /** By key, outer keys first, so that `kafka.tls` can be given whole and a part of it changed. */
  readonly values: readonly { readonly key: ConfigKey; readonly value: unknown }[];
  /** What is wrong with the variables themselves, one phrase each. */
  readonly faults: readonly string[];
}

/**
 * Reads the variables that begin with `NIGHTJAR__`. Keys of text take the value as it is, `null` standing for none where
 * the key may be null; others take it as YAML. An empty variable is as if it were not set, since that is what deployments
 * make of one that they do not know.
 */
export function readEnvironment(environment: Environment): EnvironmentLayer {
  const given = Object.entries(environment).filter(
    (entry): entry is [string, string] => isConfigVariable(entry[0]) && (entry[1] ?? '') !== '',
  );
  const byVariable = new Map(given.length === 0 ? [] : configKeys().map((key) => [key.variable, key]));
  const faults: string[] = [];
  const values: { key: ConfigKey; value: unknown }[] = [];
  for (const [variable, text] of given) {
    const key = byVariable.get(variable);
    if (key === undefined) {
      faults.push(`${variable} ${unknownText(nearestName(variable, [...byVariable.keys()]))}`);
      continue;
    }
    const value = valueOf(key, text);
    if (value instanceof Error) faults.push(`${variable} must be valid YAML: ${yamlComplaint(value)}`);
    else values.push({ key, value });
  }
  values.sort((a, b) => a.key.path.length - b.key.path.length);
  return { values, faults };
}

/** What is said of a name that does not exist. */
export function unknownText(nearest: string | null): string {
  return `is not known${nearest === null ? '' : `: did you mean "${nearest}"?`}`;
}

function valueOf({ schema }: ConfigKey, text: string): unknown {
  if (takesText(schema)) return text === 'null' && takesNull(schema) ? null : text;
  try {
    const document = parseDocument(text);
    const [complaint] = [...document.errors, ...document.warnings];
    return complaint ?? document.toJS();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
