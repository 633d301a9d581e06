export { CLASS_NAMES, ODDITY_CLASS_NAMES } from './classes/registry.ts';
export type { ClassName } from './classes/registry.ts';
export { TRUTH_FIELDS } from './classes/source.ts';
export type { TruthField, TruthNumbers } from './classes/source.ts';
export * from './labelled-objects.ts';
export * from './output/night-files.ts';
export * from './simulation.ts';
export { SIMULATED_SURVEYS } from './surveys/survey.ts';
export type { SimulatedSurvey } from './surveys/survey.ts';
