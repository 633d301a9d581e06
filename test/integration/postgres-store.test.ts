import { JOIN_RULES } from '../streams/windows/join-rules.ts';
import { objectStoreContract } from '../streams/windows/object-store-contract.ts';
import { storesFor } from './postgres-store-setup.ts';

objectStoreContract('PostgreSQL', (context) => {
  const stores = storesFor(context);
  return Promise.resolve(
    stores && {
      open: (limits, join = JOIN_RULES) => stores.open({ limits, join }),
      dispose: () => stores.dispose(),
    },
  );
});
