import { z } from 'zod';

/** A topic as Kafka takes it. */
export const topicName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,249}$/, 'must be 1 to 249 letters, digits, dots, underscores or hyphens');

/** A regular expression as text, which topics must match whole. */
export const topicPattern = z.string().refine(isPattern, {
  error: 'must be a regular expression',
  abort: true,
});

/**
 * The regular expression that a pattern of topics stands for.
 *
 * @example wholeNamePattern('ztf_\\d{8}').test('ztf_20261124_old') // false
 * @throws SyntaxError if it is none
 */
export function wholeNamePattern(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u');
}

function isPattern(text: string): boolean {
  try {
    // Alone first, so that a parenthesis of the text cannot close the group that is put around it.
    new RegExp(text, 'u');
    wholeNamePattern(text);
    return true;
  } catch {
    return false;
  }
}
