import { objectStoreContract } from '../streams/windows/object-store-contract.ts';
import { storesFor } from './postgres-store-setup.ts';

objectStoreContract('PostgreSQL', (context) => {
  const stores = storesFor(context);
  return Promise.resolve(
    stores && { open: (limits) => stores.open({ limits }), dispose: () => stores.dispose() },
  );
});
