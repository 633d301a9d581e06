/**
 * The transactional id of a partition as a group's input: whoever takes the partition over fences the one before by it. The
 * colons, which no topic's name has, keep groups apart whose names begin alike.
 */
export function transactionalId(input: {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
}): string {
  return `${input.groupId}:${input.topic}:${input.partition}`;
}
