export { CLASS_NAMES, ODDITY_CLASS_NAMES } from './classes/registry.ts';
export type { ClassName } from './classes/registry.ts';
export * from './simulation.ts';
