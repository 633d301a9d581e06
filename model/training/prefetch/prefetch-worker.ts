import { buffersOf } from '../../sessions/protocol.ts';
import { NOTHING, serveRequests } from '../../sessions/serve-requests.ts';
import { BatchMaker } from '../data/batch-maker.ts';
import type { PrefetchRequest } from './prefetch-protocol.ts';

// Entry of the thread that makes the next batches while a step runs.

let maker: BatchMaker | null = null;

serveRequests<PrefetchRequest>({
  open: async ({ plan }) => {
    maker = await BatchMaker.open(plan);
    return NOTHING;
  },
  make: async ({ batch }) => {
    if (maker === null) throw new TypeError('no data are open');
    const result = await maker.make(batch);
    return { result, transfer: buffersOf(result) };
  },
  close: async () => {
    await maker?.close();
    maker = null;
    return NOTHING;
  },
});
