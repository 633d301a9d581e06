import { systemClock } from '../../core/index.ts';
import type { Random } from '../../core/index.ts';
import { BROKERS } from './stage.ts';
import type { FaultStage } from './stage.ts';

/** What goes wrong: ends when that is over. */
export type Fault = (stage: FaultStage, random: Random) => Promise<void>;

/** Longer than the session timeout of the instances, so that a stopped one has lost its partitions when it wakes. */
const ASLEEP_MS = 9000;

const FAULTS_OF_INSTANCES: Readonly<Record<string, Fault>> = {
  'kill an instance': (stage, random) => random.pick(stage.instances).kill(),
  'kill both instances': async ({ instances }) => {
    await Promise.all(instances.map((instance) => instance.kill()));
  },
  'stop an instance': (stage, random) => random.pick(stage.instances).stop(),
  'put an instance to sleep': async (stage, random) => {
    const instance = random.pick(stage.instances);
    instance.signal('SIGSTOP');
    await systemClock.sleep(ASLEEP_MS);
    instance.signal('SIGCONT');
  },
  'a third instance': async ({ service }, random) => {
    const third = service.start();
    await systemClock.sleep(random.between(3000, 7000));
    await (random.uniform() < 0.5 ? third.kill() : third.stop());
  },
};

const FAULTS_OF_SERVICES: Readonly<Record<string, Fault>> = {
  'kill a broker': async ({ kafka }, random) => {
    const id = 1 + random.below(BROKERS);
    await kafka.kill(id);
    await systemClock.sleep(random.between(500, 5000));
    await kafka.start(id);
  },
  'restart a broker': ({ kafka }, random) => kafka.restart(1 + random.below(BROKERS)),
  'registry outage': async ({ registry }, random) => {
    await registry.stop();
    await systemClock.sleep(random.between(1000, 6000));
    await registry.start();
  },
  'restart PostgreSQL': ({ postgres }) => postgres.restart(),
  'kill PostgreSQL': async ({ postgres }, random) => {
    await postgres.kill();
    await systemClock.sleep(random.between(0, 3000));
    await postgres.start();
  },
};

/** Faults by name, of the instances and of what they stand on; one of each kind may be under way at a time. */
export const FAULTS = { instances: FAULTS_OF_INSTANCES, services: FAULTS_OF_SERVICES } as const;

export interface NamedFault {
  readonly name: string;
  readonly happen: Fault;
}

/** Faults drawn so that each has come before one comes again. */
export class Deck {
  readonly #faults: readonly NamedFault[];
  readonly #random: Random;
  #left: NamedFault[] = [];

  constructor(faults: Readonly<Record<string, Fault>>, random: Random) {
    this.#faults = Object.entries(faults).map(([name, happen]) => ({ name, happen }));
    this.#random = random;
  }

  draw(): NamedFault {
    if (this.#left.length === 0) this.#left = this.#random.shuffled(this.#faults);
    const fault = this.#left.pop();
    if (fault === undefined)
      throw new RangeError('Cannot draw from a deck as it is empty: current length is 0');
    return fault;
  }
}
