import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Random, systemClock } from '../../core/index.ts';
import { sha256 } from '../helpers/topic-packets.ts';
import { REAL_DATA_ROOT } from '../helpers/real-data.ts';
import { Audit } from './audit.ts';
import type { Verdict } from './audit.ts';
import { Deck, FAULTS } from './faults.ts';
import type { NamedFault } from './faults.ts';
import { differingLightCurves } from './light-curves.ts';
import { packetsOfRounds, roundMessages } from './night.ts';
import type { NightRounds } from './night.ts';
import { drain, ledgerSaid, sendThroughFaults } from './round.ts';
import { OUTPUT_TOPICS, SCORE_MIN, SOURCE_TOPICS, openStage } from './stage.ts';
import type { FaultStage } from './stage.ts';

/**
 * `npm run test:faults -- --rounds N --seed S`: the service under random faults. After each round nothing may be missing, nothing
 * double, and the ledger must balance; the counts are printed, and a fault ends with status 1, naming round and seed.
 */
const DEFAULT_ROUNDS = '5';
const CHAIN_FAULTS = 2;

interface Options {
  readonly rounds: number;
  readonly seed: string;
}

const options = parsed();
const isRequired = process.env['NIGHTJAR_REQUIRE_KAFKA'] === '1';
const stage = await openStage();
process.exitCode = stage === null ? Number(isRequired) : await allRounds(stage, options);

function parsed(): Options {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: DEFAULT_ROUNDS },
      seed: { type: 'string', default: 'faults' },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError(
      `Cannot run rounds as there must be at least 1: current value is "${values.rounds}"`,
    );
  return { rounds, seed: values.seed };
}

async function allRounds(stage: FaultStage, { rounds, seed }: Options): Promise<number> {
  const { folder, registry } = stage;
  let where = 'before the first round';
  try {
    const night = await packetsOfRounds({ folder, rounds, seed, registry, real: realPackets() });
    const audit = new Audit(stage.kafka, {
      topics: { sources: Object.values(SOURCE_TOPICS), ...OUTPUT_TOPICS },
      alertOf: alertsByHash(night),
      scoreMin: SCORE_MIN,
    });
    const decks = Object.entries(FAULTS).map(
      ([kind, faults]) => new Deck(faults, Random.forPurpose(seed, kind)),
    );
    for (let round = 0; round < rounds; round++) {
      where = `in round ${round + 1}`;
      const chains = decks.map((deck) => Array.from({ length: CHAIN_FAULTS }, () => deck.draw()));
      print(
        `round ${round + 1}: ${chains
          .flat()
          .map(({ name }) => name)
          .join(', ')}`,
      );
      const verdict = await oneRound(stage, audit, {
        night,
        round,
        chains,
        random: Random.forPurpose(seed, where),
      });
      if (hasFaults(verdict)) return failed(stage, `${where} of seed "${seed}"`);
    }
    where = 'after the last round';
    const differing = await differingLightCurves(stage, [...night.ztf.flat(), ...night.lsst.flat()]);
    print(`light curves that differ from those of a replay: ${differing}`);
    if (differing > 0) return failed(stage, `${where} of seed "${seed}"`);
    printOwnEnds(stage);
    print(`${rounds} passed, 0 failed`);
    return 0;
  } catch (error) {
    print(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return failed(stage, `${where} of seed "${seed}"`);
  } finally {
    await stage.close();
  }
}

async function oneRound(
  stage: FaultStage,
  audit: Audit,
  plan: {
    readonly night: NightRounds;
    readonly round: number;
    readonly chains: readonly (readonly NamedFault[])[];
    readonly random: Random;
  },
): Promise<Verdict> {
  const { night, round, chains, random } = plan;
  const startMs = systemClock.monotonicMs();
  const messages = {
    ztf: roundMessages(night.ztf[round] ?? [], random),
    lsst: roundMessages(night.lsst[round] ?? [], random),
  };
  await sendThroughFaults(stage, messages, { chains, random });
  const drainMs = systemClock.monotonicMs();
  await drain(stage);
  const endMs = systemClock.monotonicMs();
  await audit.read();
  const verdict = audit.verdict(await ledgerSaid(stage));
  const { faults, ...counts } = verdict;
  print(`  ${seconds(drainMs - startMs)} of faults, drained ${seconds(endMs - drainMs)} later`);
  print(`  so far: ${listed(counts)}`);
  print(`  faults: ${listed({ ...faults })}`);
  return verdict;
}

/** Real packets that bring their schemas with them, so that they mix with simulated ones; none where there are no data. */
function realPackets(): { readonly ztf: readonly string[]; readonly lsst: readonly string[] } {
  const alerts = path.join(REAL_DATA_ROOT, 'data', 'alerts');
  const there = (name: string): readonly string[] =>
    existsSync(path.join(alerts, name)) ? [path.join(alerts, name)] : [];
  return { ztf: there('ztf'), lsst: there('elasticc_v0_9.tar.gz') };
}

function alertsByHash(night: NightRounds): ReadonlyMap<string, string> {
  const packets = [...night.ztf.flat(), ...night.lsst.flat()];
  return new Map(packets.flatMap(({ value, alert }) => (alert === null ? [] : [[sha256(value), alert]])));
}

function hasFaults({ faults }: Verdict): boolean {
  return Object.values(faults).some((count) => count > 0);
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

function failed(stage: FaultStage, where: string): number {
  printOwnEnds(stage);
  for (const [i, instance] of stage.instances.entries())
    print(`instance ${i + 1} has logged:\n${instance.log().slice(-4000)}`);
  print(`0 passed, 1 failed: ${where}`);
  return 1;
}

function printOwnEnds({ instances }: FaultStage): void {
  const ends = instances.flatMap(({ ownEnds }) => ownEnds);
  print(`instances that ended by themselves: ${ends.length}`);
  for (const end of ends) print(`  ${end}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
