/**
 * A number of things, for a line that a person reads; nouns whose plural has an s.
 *
 * @example counted(1, 'message') // '1 message'
 * @example counted(0, 'message') // '0 messages'
 */
export function counted(count: number | bigint, noun: string): string {
  return `${count} ${noun}${BigInt(count) === 1n ? '' : 's'}`;
}
