import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { configSchema } from '../../../core/index.ts';
import type { ConfigInput } from '../../../core/index.ts';
import { saslOptions } from '../../../streams/kafka/login.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

function options(sasl: NonNullable<ConfigInput['kafka']>['sasl']): unknown {
  return saslOptions(configSchema.parse({ kafka: { sasl } }).kafka, new FakeClock());
}

test('saslOptions() takes the password from configuration or file, and names both where there is none', async (context) => {
  assert.equal(options(null), undefined);
  const passwordFile = path.join(await temporaryFolder(context), 'password');
  writeFileSync(passwordFile, ' from file \n');
  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
    const login = { mechanism, username: 'me' };
    assert.deepEqual(options({ ...login, password: 'p' }), { ...login, password: 'p' });
    assert.deepEqual(options({ ...login, passwordFile }), { ...login, password: ' from file ' });
    assert.throws(
      () => options(login),
      hasCode('CONFIG_INVALID', mechanism, 'NIGHTJAR__KAFKA__SASL__PASSWORD', 'kafka.sasl.passwordFile'),
    );
  }
});

test('saslOptions() needs no password for a token, and finds a file of one that is not there at once', () => {
  const login = { mechanism: 'oauthbearer', tokenUrl: 'https://id/token' } as const;
  assert.equal((options(login) as { readonly mechanism: string }).mechanism, 'oauthbearer');
  assert.throws(
    () => options({ ...login, passwordFile: '/not/there' }),
    hasCode('CONFIG_INVALID', 'kafka.sasl.passwordFile', '/not/there'),
  );
});
