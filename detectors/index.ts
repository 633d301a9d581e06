export * from './detector.ts';
export * from './joint-embedding.ts';
export * from './registry.ts';
