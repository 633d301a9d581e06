export * from './packet.ts';
export * from './sky.ts';
export * from './surveys/adapter.ts';
export * from './windows/object-store.ts';
export * from './windows/object-state.ts';
export type { ObjectLimits } from './windows/visible-points.ts';
export * from './windows/lmdb-store.ts';
