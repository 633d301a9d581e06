import type { z } from 'zod';
import { originText, placeText } from './config-origin.ts';
import type { ConfigOrigins } from './config-origin.ts';
import { unknownText } from './environment.ts';
import { configTree, keysAt } from './key-tree.ts';
import type { KeySchema } from './key-tree.ts';
import { nearestName } from './nearest-name.ts';
import { isConfidential, valueAt } from './secrets.ts';

/** Longer values are cut in messages. */
const VALUE_SHOWN_MAX = 60;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

type Issue = z.core.$ZodIssue;

/**
 * A fault that the schema found, as a phrase: `window.pointsMin (line 4) must be above 0: current value is -1`.
 *
 * @param context.given what was checked, for the current value
 * @param context.tree the schema's keys, for names that were probably meant; those of the configuration by default
 */
export function faultTexts(
  issue: Issue,
  {
    given,
    origins,
    tree = configTree(),
  }: { readonly given: unknown; readonly origins: ConfigOrigins; readonly tree?: KeySchema },
): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path, tree);
    return issue.keys.map(
      (key) => `${placed([...issue.path, key], origins)} ${unknownText(nearestName(key, known))}`,
    );
  }
  const value = valueText(valueAt(given, issue.path), issue.path);
  return [`${placed(issue.path, origins)} ${ruleText(issue)}${value}`];
}

/** A key with where its value comes from. */
function placed(path: readonly PropertyKey[], origins: ConfigOrigins): string {
  const origin = originText(origins.of(path));
  const place = placeText(path);
  return `"${oneLine(place)}"${origin === '' ? '' : ` (${origin})`}`;
}

/** What must hold, after the words of the key. */
function ruleText(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'must be given'
        : `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.input === undefined ? 'given: ' : ''}${issue.values.map(String).join(' or ')}`;
    case 'too_small':
      return boundText(issue.origin, issue.inclusive === true ? 'at least' : 'above', issue.minimum);
    case 'too_big':
      return boundText(issue.origin, issue.inclusive === true ? 'at most' : 'below', issue.maximum);
    default:
      return issue.message.startsWith('must ') ? issue.message : `must be valid: ${issue.message}`;
  }
}

function boundText(origin: string, relation: string, bound: number | bigint): string {
  if (origin === 'string') return `must have ${relation} ${bound} letters`;
  if (origin === 'array') return `must have ${relation} ${bound} entries`;
  return `must be ${relation} ${bound}`;
}

function valueText(value: unknown, path: readonly PropertyKey[]): string {
  if (value === undefined || isConfidential(path)) return '';
  const text = shownValue(value);
  const cut = text.length > VALUE_SHOWN_MAX ? `${text.slice(0, VALUE_SHOWN_MAX)}…` : text;
  return `: current value is ${oneLine(cut)}`;
}

function shownValue(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a map';
  return typeof value === 'string' ? `"${value}"` : `${value as number | boolean}`;
}

/** Without control characters, which could end the line or command a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}
