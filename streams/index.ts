export * from './joins/catalogue.ts';
export * from './joins/join-metadata.ts';
export * from './joins/spectra/read-spectra.ts';
export * from './packet.ts';
export * from './sky.ts';
export * from './surveys/adapter.ts';
export * from './surveys/survey-adapters.ts';
export * from './windows/object-store.ts';
export type * from './joins/catalogue-index.ts';
