import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../../core/index.ts';
import type { Config } from '../../../core/index.ts';
import { postgresAddress } from '../../../streams/windows/postgres-address.ts';
import { hasCode } from '../../helpers/has-code.ts';

function settings(over: Partial<Config['store']>): Config['store'] {
  return { ...loadConfig(null).store, kind: 'postgres', ...over };
}

test('postgresAddress() names host and database, and gives the password to the driver alone', () => {
  const { place, connectionString } = postgresAddress(
    settings({ url: 'postgres://me@db.example:6543/night%20one', password: 'a b%/@?&=é' }),
  );
  assert.equal(place, '"db.example:6543/night one"');
  assert.equal(new URL(connectionString).searchParams.get('password'), 'a b%/@?&=é');
});

test('postgresAddress() names what is left out by its default, and a socket by its folder', () => {
  assert.equal(postgresAddress(settings({ url: 'postgres:///night' })).place, '"localhost:5432/night"');
  const socket = postgresAddress(settings({ url: 'postgresql:///night?host=/run/postgresql' }));
  assert.equal(socket.place, '"/run/postgresql:5432/night"');
});

test('postgresAddress() refuses an address that holds a password, or is none, without showing it', () => {
  const refused = [
    'postgres://me:secret@db/night',
    'postgres://me@db/night?password=secret',
    'postgres://me:secret@db:port/night',
    'postgres://me:secret@db/%zz',
    'secret',
  ];
  for (const url of refused) {
    assert.throws(
      () => postgresAddress(settings({ url })),
      (error) => {
        assert.ok(hasCode('CONFIG_INVALID', 'store.url')(error));
        assert.doesNotMatch(String(error), /secret(?!s)/);
        return true;
      },
      url,
    );
  }
});

test('postgresAddress() reads the password from a file, unless it is given', (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nightjar-password-'));
  context.after(() => {
    rmSync(folder, { recursive: true });
  });
  const passwordFile = path.join(folder, 'password');
  writeFileSync(passwordFile, 'from file\n');
  const url = 'postgres://me@db/night';
  const passwordOf = (over: Partial<Config['store']>): string | null =>
    new URL(postgresAddress(settings({ url, passwordFile, ...over })).connectionString).searchParams.get(
      'password',
    );
  assert.equal(passwordOf({}), 'from file');
  assert.equal(passwordOf({ password: 'given' }), 'given');
  assert.throws(
    () => postgresAddress(settings({ url, passwordFile: path.join(folder, 'none') })),
    hasCode('CONFIG_INVALID', 'store.passwordFile', 'none'),
  );
});
