import type { TestContext } from 'node:test';

/** What a service is bound to: a test, or a program that has its own way of ending. */
export type ServiceOwner = Pick<TestContext, 'after' | 'skip'>;

/**
 * Skips a test whose service cannot be had, and says why; where the variable demands the service, the test fails.
 *
 * @param variable NIGHTJAR_REQUIRE_KAFKA, NIGHTJAR_REQUIRE_POSTGRES or NIGHTJAR_REQUIRE_WEBGPU; `1` demands
 */
export function unavailable(owner: ServiceOwner, variable: string, why: string): null {
  if (process.env[variable] === '1') throw new Error(`Cannot run as required by ${variable}: ${why}`);
  owner.skip(why);
  return null;
}
