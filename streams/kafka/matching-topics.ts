import { wholeNamePattern } from '../../core/index.ts';

/** Topics of the brokers' own: whoever reads them reads what reading them writes. */
const INTERNAL = /^__/;

/** Those of the topics that a pattern means, sorted: whole names, and none of the brokers' own. */
export function matchingTopics(pattern: string, topics: Iterable<string>): readonly string[] {
  const whole = wholeNamePattern(pattern);
  return [...topics].filter((topic) => !INTERNAL.test(topic) && whole.test(topic)).sort();
}
