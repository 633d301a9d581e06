import { readFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '../../repository.ts';
import type { BenchClient } from './bench-client.ts';

/** The clients that are compared. */
export const CLIENT_NAMES = ['kafkajs', 'nightjar', 'platformatic'] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

/** What each is, for a reader of tables, with its version. */
export const CLIENT_TEXT: { readonly [N in ClientName]: string } = {
  kafkajs: `kafkajs ${pinnedVersion('kafkajs')}`,
  nightjar: 'the same through streams/kafka',
  platformatic: `@platformatic/kafka ${pinnedVersion('@platformatic/kafka')}`,
};

export interface OpenClientOptions {
  readonly brokers: readonly string[];
  /** Makes the producers of @platformatic/kafka begin from no producer id; the others always do. */
  readonly isFromNone: boolean;
}

/** Each client's module is loaded only where it is asked for: they share a process with nothing else. */
const OPENERS: { readonly [N in ClientName]: (options: OpenClientOptions) => Promise<BenchClient> } = {
  kafkajs: async ({ brokers }) => {
    const { KafkajsClient } = await import('./kafkajs-client.ts');
    return new KafkajsClient(brokers);
  },
  nightjar: async ({ brokers }) => {
    const { NightjarClient } = await import('./nightjar-client.ts');
    return new NightjarClient(brokers);
  },
  platformatic: async ({ brokers, isFromNone }) => {
    const { PlatformaticClient } = await import('./platformatic-client.ts');
    return new PlatformaticClient(brokers, { isFromNone });
  },
};

export function openClient(name: ClientName, options: OpenClientOptions): Promise<BenchClient> {
  return OPENERS[name](options);
}

/** Of a dependency, as package.json has it: exactly. */
function pinnedVersion(name: string): string {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'),
  ) as Readonly<Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>>;
  return { ...dependencies, ...devDependencies }[name] ?? 'of unknown version';
}
