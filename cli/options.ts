import { InvalidArgumentError } from 'commander';
import { SIMULATED_SURVEYS } from '../simulator/index.ts';
import type { SimulatedSurvey } from '../simulator/index.ts';

/** A count given on the command line: a whole number above 0. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It takes a whole number above 0.');
}

/** A TCP port, 0 for any free one. */
export function parsePort(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('It takes a port, 0 to 65535.');
}

/** One of a list of names. */
export function parseName<T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const name = names.find((candidate) => candidate === text);
    if (name === undefined) throw new InvalidArgumentError(`It takes ${names.join(' or ')}.`);
    return name;
  };
}

/** A survey that the simulator knows. */
export const parseSurvey: (text: string) => SimulatedSurvey = parseName(SIMULATED_SURVEYS);
