export * from './dead-letter.ts';
export * from './ledger.ts';
export * from './metrics-server.ts';
export * from './replay/replay.ts';
export * from './scoring-model.ts';
export * from './service/http-server.ts';
export type { HttpServer } from './http-pages.ts';
