import type { BatchPlan, BatchRequest } from '../data/batch-plan.ts';

/** What a trainer asks of the thread that makes batches; each request is answered once, in order. */
export type PrefetchRequest =
  | { readonly kind: 'open'; readonly id: number; readonly plan: BatchPlan }
  | { readonly kind: 'make'; readonly id: number; readonly batch: BatchRequest }
  | { readonly kind: 'close'; readonly id: number };
