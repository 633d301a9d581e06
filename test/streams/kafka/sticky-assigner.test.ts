import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssignerProtocol } from 'kafkajs';
import type { Assignment, Cluster } from 'kafkajs';
import { assignPartitions, stickyAssigner } from '../../../streams/kafka/sticky-assigner.ts';
import { hasCode } from '../../helpers/has-code.ts';

type Members = Parameters<typeof assignPartitions>[0];
type Partitions = Parameters<typeof assignPartitions>[1];

interface Group {
  readonly members: Members;
  readonly partitions: Partitions;
}

const TOPICS = ['t0', 't1', 't2', 't3', 't4', 't5'];
const partitionCounts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: TOPICS.length });

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Members that want anything, at times what is not there, or what others want too. */
function groups(
  subscription: (topics: readonly string[]) => fc.Arbitrary<readonly string[]>,
): fc.Arbitrary<Group> {
  return partitionCounts.chain((counts) => {
    const topics = TOPICS.slice(0, counts.length);
    const owned = fc.dictionary(
      fc.constantFrom(...TOPICS),
      fc.array(fc.integer({ min: -1, max: 10 }), { maxLength: 12 }),
    );
    const member = fc.record({ topics: subscription(topics), owned });
    return fc.array(member, { minLength: 1, maxLength: 6 }).map((members) => ({
      partitions: new Map(topics.map((topic, i) => [topic, numbersTo(counts[i] ?? 0)])),
      members: members.map((one, i) => ({ id: `m${i}`, topics: new Set(one.topics), owned: one.owned })),
    }));
  });
}

const anyGroup = groups((topics) => fc.subarray([...topics]));
const equalGroup = groups((topics) => fc.constant(topics));

/** Who has what, by member, as text. */
function pairs(result: ReadonlyMap<string, Assignment>): string[] {
  return [...result].flatMap(([id, assignment]) =>
    Object.entries(assignment).flatMap(([topic, own]) =>
      own.map((partition) => `${id} ${topic}/${partition}`),
    ),
  );
}

function afterwards({ members }: Group, result: ReadonlyMap<string, Assignment>): Members {
  return members.map((member) => ({ ...member, owned: result.get(member.id) ?? {} }));
}

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

function totalOf(assignment: Assignment | undefined): number {
  return Object.values(assignment ?? {}).reduce((sum, { length }) => sum + length, 0);
}

test('assignPartitions() gives each partition of a topic with a subscriber to one of them, and each topic evenly', () => {
  fc.assert(
    fc.property(anyGroup, ({ members, partitions }) => {
      const result = assignPartitions(members, partitions);
      assert.deepEqual([...result.keys()].sort(), members.map(({ id }) => id).sort());
      for (const [topic, ids] of partitions) {
        const subscribers = members.filter(({ topics }) => topics.has(topic)).map(({ id }) => id);
        const given = [...result].flatMap(([id, assignment]) =>
          (assignment[topic] ?? []).map((p) => [id, p] as const),
        );
        assert.deepEqual(given.map(([, partition]) => partition).sort(), subscribers.length === 0 ? [] : ids);
        assert.ok(given.every(([id]) => subscribers.includes(id)));
        const counts = subscribers.map((id) => result.get(id)?.[topic]?.length ?? 0);
        assert.ok(counts.length === 0 || spread(counts) <= 1, `${topic}: ${counts.join(', ')}`);
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('assignPartitions() gives members of equal topics equally many partitions, whatever they had', () => {
  fc.assert(
    fc.property(equalGroup, ({ members, partitions }) => {
      const counts = [...assignPartitions(members, partitions).values()].map(totalOf);
      assert.ok(spread(counts) <= 1, counts.join(', '));
    }),
    { seed: 2, numRuns: 200 },
  );
});

test('assignPartitions() leaves all as it is where nobody has come or gone, in whatever order members are named', () => {
  fc.assert(
    fc.property(anyGroup, (group) => {
      const { members, partitions } = group;
      const result = assignPartitions(members, partitions);
      const settled = afterwards(group, result);
      assert.deepEqual(pairs(assignPartitions(settled, partitions)).sort(), pairs(result).sort());
      assert.deepEqual(
        pairs(assignPartitions([...settled].reverse(), partitions)).sort(),
        pairs(result).sort(),
      );
    }),
    { seed: 3, numRuns: 200 },
  );
});

test('assignPartitions() takes from members only what a new one gets, and gives them only what one left', () => {
  const partitions = new Map([['alerts', numbersTo(12)]]);
  const of = (...ids: readonly string[]): Members =>
    ids.map((id) => ({ id, topics: new Set(['alerts']), owned: {} }));
  const two = { members: of('m0', 'm1'), partitions };
  const before = assignPartitions(two.members, partitions);
  const joined = assignPartitions([...afterwards(two, before), ...of('a')], partitions);
  for (const id of ['m0', 'm1']) {
    const [had, has] = [before.get(id)?.['alerts'] ?? [], joined.get(id)?.['alerts'] ?? []];
    assert.equal(has.length, 4);
    assert.ok(has.every((partition) => had.includes(partition)));
  }
  const three = { members: of('a', 'm0', 'm1'), partitions };
  const left = assignPartitions(afterwards(three, joined).slice(1), partitions);
  for (const id of ['m0', 'm1']) {
    const [had, has] = [joined.get(id)?.['alerts'] ?? [], left.get(id)?.['alerts'] ?? []];
    assert.equal(has.length, 6);
    assert.ok(had.every((partition) => has.includes(partition)));
  }
});

/** What kafkajs tells an assigner of its topics; only what is asked for is known. */
function clusterOf(counts: Readonly<Record<string, number>>): {
  readonly cluster: Cluster;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const cluster = {
    addMultipleTargetTopics: (topics: readonly string[]) => {
      asked.push(...topics);
      return Promise.resolve();
    },
    findTopicPartitionMetadata: (topic: string) =>
      asked.includes(topic) ? numbersTo(counts[topic] ?? 0).map((partitionId) => ({ partitionId })) : [],
  };
  return { cluster: cluster as unknown as Cluster, asked };
}

async function assigned(
  cluster: Cluster,
  members: Readonly<Record<string, { readonly topics: readonly string[]; readonly userData: Buffer }>>,
): Promise<Map<string, Assignment>> {
  const assigner = stickyAssigner(() => ({}))({ cluster, groupId: 'g', logger: {} as never });
  const answers = await assigner.assign({
    members: Object.entries(members).map(([memberId, { topics, userData }]) => ({
      memberId,
      memberMetadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics: [...topics], userData }),
    })),
    topics: ['what the leader reads itself'],
  });
  return new Map(
    answers.map(({ memberId, memberAssignment }) => [
      memberId,
      AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {},
    ]),
  );
}

test('stickyAssigner() lets a member keep what it says that it owns', async () => {
  const { cluster } = clusterOf({ alerts: 4 });
  const owned = { alerts: [1, 2] };
  const { metadata } = stickyAssigner(() => owned)({ cluster, groupId: 'g', logger: {} as never }).protocol({
    topics: ['alerts'],
  });
  const { userData = Buffer.alloc(0) } = AssignerProtocol.MemberMetadata.decode(metadata) ?? {};
  const result = await assigned(cluster, {
    a: { topics: ['alerts'], userData: Buffer.alloc(0) },
    b: { topics: ['alerts'], userData },
  });
  assert.deepEqual(result.get('b'), owned);
  assert.deepEqual(result.get('a'), { alerts: [0, 3] });
});

test('stickyAssigner() shares topics out that the leader does not read itself', async () => {
  const { cluster, asked } = clusterOf({ old: 2, new: 1 });
  const userData = Buffer.from('{}');
  const result = await assigned(cluster, {
    a: { topics: ['old'], userData },
    b: { topics: ['old', 'new'], userData },
  });
  assert.deepEqual(asked, ['new', 'old']);
  assert.deepEqual(result.get('b')?.['new'], [0]);
  assert.equal(totalOf(result.get('a')) + totalOf(result.get('b')), 3);
});

test('stickyAssigner() takes nonsense of a member for nothing owned', async () => {
  const nonsense = [
    '',
    'text',
    'null',
    '7',
    '[[0]]',
    '{"constructor":1}',
    '{"constructor":{"length":2}}',
    '{"constructor":[null,"0",{},-1,99,0.5]}',
    '\u0000\u0001',
  ];
  for (const text of nonsense) {
    // The name is one that every object has.
    const { cluster } = clusterOf({ constructor: 2 });
    const result = await assigned(cluster, {
      a: { topics: ['constructor'], userData: Buffer.from(text) },
      b: { topics: ['constructor'], userData: Buffer.alloc(0) },
    });
    assert.deepEqual(
      result,
      new Map([
        ['a', { constructor: [0] }],
        ['b', { constructor: [1] }],
      ]),
      text,
    );
  }
});

test('stickyAssigner() fails where a topic has no partitions, as nobody would read it', async () => {
  const { cluster } = clusterOf({ alerts: 1 });
  const member = { topics: ['alerts', 'unknown'], userData: Buffer.alloc(0) };
  await assert.rejects(assigned(cluster, { a: member }), hasCode('BROKER_FAILED', '"unknown"'));
});
