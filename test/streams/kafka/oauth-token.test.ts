import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { configSchema } from '../../../core/index.ts';
import type { ConfigInput } from '../../../core/index.ts';
import { createTokenSource } from '../../../streams/kafka/oauth-token.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { turn } from '../../helpers/turn.ts';

type Sasl = NonNullable<NonNullable<ConfigInput['kafka']>['sasl']>;

interface Asked {
  readonly url: string;
  readonly headers: Headers;
  readonly form: string;
}

/** Answers the requests one after the other; a function fails. */
function endpoint(context: TestContext, answers: readonly (Response | Error)[]): Asked[] {
  const asked: Asked[] = [];
  context.mock.method(
    globalThis,
    'fetch',
    async (url: string, { headers, body }: RequestInit & { readonly body: URLSearchParams }) => {
      const answer = answers[asked.length];
      asked.push({ url, headers: new Headers(headers), form: body.toString() });
      await turn();
      if (answer instanceof Response) return answer;
      throw answer ?? new Error('Nobody was to be asked');
    },
  );
  return asked;
}

function granted(token: string, more: Readonly<Record<string, unknown>> = {}): Response {
  return Response.json({ access_token: token, token_type: 'Bearer', ...more });
}

function source(
  sasl: Partial<Sasl>,
  password: string | null = 'the secret/+',
): { readonly clock: FakeClock; readonly token: () => Promise<string> } {
  const { kafka } = configSchema.parse({
    kafka: {
      sasl: {
        mechanism: 'oauthbearer',
        ...(sasl.tokenFile === undefined ? { tokenUrl: 'https://id/token?key=hidden' } : {}),
        ...sasl,
      },
    },
  });
  assert.ok(kafka.sasl !== null);
  const clock = new FakeClock();
  return { clock, token: createTokenSource({ sasl: kafka.sasl, password, timeoutMs: 1000, clock }) };
}

test('createTokenSource() asks once for logins at the same time, and again when 80 % of the token’s life are over', async (context) => {
  const asked = endpoint(context, [
    granted('first', { expires_in: 100 }),
    granted('second', { expires_in: '50' }),
    granted('third'),
  ]);
  const { clock, token } = source({ username: 'me' });
  assert.deepEqual(await Promise.all([token(), token()]), ['first', 'first']);
  clock.advance(79_999);
  assert.equal(await token(), 'first');
  clock.advance(1);
  assert.equal(await token(), 'second');
  clock.advance(40_000);
  assert.equal(await token(), 'third');
  // Its life is not told: a minute.
  clock.advance(47_999);
  assert.equal(await token(), 'third');
  clock.advance(1);
  await assert.rejects(token());
  assert.equal(asked.length, 4);
});

test('createTokenSource() sends the client in the header, form-encoded, and the grant in the body', async (context) => {
  const asked = endpoint(context, [granted('a'), granted('b')]);
  await source({ username: 'me:1', scope: 'read all' }).token();
  await source({ username: null }, null).token();
  const [first, second] = asked;
  assert.equal(first?.url, 'https://id/token?key=hidden');
  const [scheme = '', credentials = ''] = first.headers.get('authorization')?.split(' ') ?? [];
  assert.deepEqual(
    [scheme, Buffer.from(credentials, 'base64').toString()],
    ['Basic', 'me%3A1:the+secret%2F%2B'],
  );
  assert.equal(first.form, 'grant_type=client_credentials&scope=read+all');
  assert.deepEqual(
    [second?.headers.get('authorization'), second?.form],
    [null, 'grant_type=client_credentials'],
  );
});

test('createTokenSource() says in one line, without a secret, why there is no token, and asks again', async (context) => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  const large = 'x'.repeat(64 * 1024 + 1);
  const failures: readonly (readonly [Response | Error, Parameters<typeof hasCode>])[] = [
    [
      Response.json({ error: 'invalid_client' }, { status: 401 }),
      ['BROKER_REFUSED_LOGIN', '"me"', 'status is 401, "invalid_client"'],
    ],
    [
      Response.json({ error: 'e'.repeat(500) }, { status: 400 }),
      ['BROKER_REFUSED_LOGIN', `"${'e'.repeat(80)}"`],
    ],
    [Response.json({ access_token: '' }), ['BROKER_REFUSED_LOGIN', 'status is 200']],
    [Response.json({ access_token: 7 }), ['BROKER_REFUSED_LOGIN']],
    [new Response('<html>'), ['BROKER_REFUSED_LOGIN']],
    [new Response('null'), ['BROKER_REFUSED_LOGIN']],
    [new Response('busy', { status: 503 }), ['BROKER_UNREACHABLE', 'status is 503']],
    [new TypeError('fetch failed', { cause }), ['BROKER_UNREACHABLE', 'connect ECONNREFUSED']],
    [new Response(large), ['BROKER_UNREACHABLE', 'more than 65536 bytes']],
  ];
  endpoint(context, [...failures.map(([answer]) => answer), granted('at last')]);
  const { token } = source({ username: 'me' });
  for (const [, expected] of failures)
    await assert.rejects(token(), (error) => {
      assert.ok(error instanceof Error && hasCode(...expected, '"https://id/token"')(error), String(error));
      assert.doesNotMatch(error.message, /secret|hidden|\n/);
      return true;
    });
  assert.equal(await token(), 'at last');
});

test('createTokenSource() refuses user and password in the endpoint, which fetch() does not take, and shows neither', () => {
  assert.throws(
    () => source({ tokenUrl: 'https://me:the-secret@id/token' }),
    (error) => {
      assert.doesNotMatch(String(error), /me:|the-secret/);
      return hasCode(
        'CONFIG_INVALID',
        'kafka.sasl.tokenUrl "https://id/token"',
        'kafka.sasl.username',
      )(error);
    },
  );
});

test('createTokenSource() reads the token’s file anew for each login', async (context) => {
  const tokenFile = path.join(await temporaryFolder(context), 'token');
  const { token } = source({ tokenFile });
  await assert.rejects(token(), hasCode('CONFIG_INVALID', 'kafka.sasl.tokenFile', tokenFile));
  writeFileSync(tokenFile, 'one\n');
  assert.equal(await token(), 'one');
  writeFileSync(tokenFile, ' two \r\n');
  assert.equal(await token(), 'two');
});
