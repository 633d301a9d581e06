export * from './dead-letter.ts';
export * from './ledger.ts';
export * from './metrics-server.ts';
export * from './outputs/score-messages.ts';
export * from './outputs/topic-outputs.ts';
export * from './outputs/webhook.ts';
export * from './replay/replay.ts';
export * from './scoring-model.ts';
