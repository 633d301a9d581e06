export * from './dead-letter.ts';
export * from './ledger.ts';
export * from './metrics-server.ts';
export * from './replay/replay.ts';
export * from './scoring-model.ts';
