import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { Metrics, createLogger, jsonText, loadConfig, rejected } from '../../../core/index.ts';
import type { Config } from '../../../core/index.ts';
import { createScoreMessageReader } from '../../../pipeline/outputs/score-messages.ts';
import { createWebhookWork } from '../../../pipeline/outputs/webhook.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { CandidatesPartition, topicMessage } from './candidates-partition.ts';
import { scoreRecord } from './records.ts';

const CANDIDATES = 'nightjar.candidates';
const NO_SCHEMAS = { schema: () => Promise.resolve(rejected('SCHEMA_ID_UNKNOWN', 'none')) };

interface Request {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly id: string;
}

/** A receiver that answers as it is told, with the requests that it got. */
async function receiver(
  context: TestContext,
  answer: (response: ServerResponse, request: Request, number: number) => void,
): Promise<{ readonly url: string; readonly requests: Request[] }> {
  const requests: Request[] = [];
  const server = createServer((message, response) => {
    void text(message).then((body) => {
      const { headers } = message;
      const request = { headers, body, id: String(headers['nightjar-delivery']) };
      requests.push(request);
      answer(response, request, requests.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=x`, requests };
}

/** Candidates of objects, each with its revision: `a1` is revision 1 of object a. */
function partition(...names: readonly string[]): CandidatesPartition {
  return new CandidatesPartition(
    names.map((name, offset) => {
      const record = scoreRecord({
        survey: 'ztf',
        objectId: name.slice(0, -1),
        revision: Number(name.at(-1)),
      });
      return topicMessage(CANDIDATES, offset, { key: `ztf/${name.slice(0, -1)}`, value: jsonText(record) });
    }),
  );
}

async function deliver(
  input: CandidatesPartition,
  url: string,
  wanted: Partial<Config['webhook']> = {},
): Promise<{ readonly clock: FakeClock; readonly results: Readonly<Record<string, number>> }> {
  const config = loadConfig(null, { webhook: { url, ...wanted } });
  const clock = new FakeClock(1000);
  const metrics = new Metrics();
  const work = createWebhookWork({
    url,
    secret: wanted.secret ?? null,
    webhook: config.webhook,
    read: createScoreMessageReader(NO_SCHEMAS),
    clock,
    logger: createLogger('silent'),
    metrics,
  });
  await work(input);
  const counts = [...(await metrics.exposition()).matchAll(/requests_total\{result="(\w+)"\} (\d+)/g)];
  return { clock, results: Object.fromEntries(counts.map(([, name = '', count]) => [name, Number(count)])) };
}

test('each candidate is posted as its record, signed, and then committed', async (context) => {
  const { url, requests } = await receiver(context, (response) => response.end('thanks'));
  const input = partition('a1', 'b1', 'a2');
  const { results } = await deliver(input, url.replace('http://', 'http://me:p%40ss@'), { secret: 'key' });
  assert.deepEqual(requests.map(({ id }) => id).sort(), ['ztf/a/1', 'ztf/a/2', 'ztf/b/1']);
  assert.deepEqual([input.nextOffset, input.commits.length, results], [3n, 1, { delivered: 3 }]);
  const [first] = requests;
  assert.ok(first !== undefined);
  const signature = createHmac('sha256', 'key').update(`1000.${first.body}`).digest('hex');
  assert.equal(first.headers['nightjar-signature'], `sha256=${signature}`);
  assert.equal(first.headers['nightjar-timestamp'], '1000');
  assert.equal(first.headers['content-type'], 'application/json');
  assert.equal(first.headers.authorization, `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  assert.equal((JSON.parse(first.body) as { survey: string }).survey, 'ztf');
});

test('without a secret nothing is signed', async (context) => {
  const { url, requests } = await receiver(context, (response) => response.end());
  await deliver(partition('a1'), url);
  assert.equal(requests[0]?.headers['nightjar-signature'], undefined);
});

test('a receiver that fails is asked again, waiting longer each time, with the same delivery', async (context) => {
  const { url, requests } = await receiver(context, (response, _, number) => {
    response.writeHead(number < 4 ? 503 : 200).end();
  });
  const input = partition('a1');
  const { clock, results } = await deliver(input, url);
  assert.deepEqual(results, { retried: 3, delivered: 1 });
  assert.equal(clock.nowMs() - 1000, 500 + 1000 + 2000);
  assert.deepEqual(new Set(requests.map(({ id, body }) => id + body)).size, 1);
  assert.equal(input.nextOffset, 1n);
});

test('retry-after is kept, in seconds and as a date, up to retryMsMax', async (context) => {
  const headers = ['7', new Date(20_000).toUTCString(), '86400', 'soon'];
  const { url } = await receiver(context, (response, _, number) => {
    const asked = headers[number - 1];
    if (asked === undefined) response.end();
    else response.writeHead(429, { 'retry-after': asked }).end();
  });
  const { clock } = await deliver(partition('a1'), url, { retryMsMax: 30_000 });
  // From 1 s: 7 s more, then up to the 20th, then 30 s instead of a day, then as after a fourth failure.
  assert.equal(clock.nowMs(), 20_000 + 30_000 + 4000);
});

test('a candidate is given up after attemptsMax, and those behind it are delivered', async (context) => {
  const { url } = await receiver(context, (response, { id }) => {
    response.writeHead(id === 'ztf/a/1' ? 500 : 200).end();
  });
  const input = partition('a1', 'b1', 'a2');
  const { results } = await deliver(input, url, { attemptsMax: 3 });
  assert.deepEqual(results, { retried: 2, gaveUp: 1, delivered: 2 });
  assert.equal(input.nextOffset, 3n);
});

test('a refusal and a redirect are given up at once, and the redirect is not followed', async (context) => {
  for (const status of [400, 401, 404, 301, 307]) {
    const { url, requests } = await receiver(context, (response) => {
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const { results } = await deliver(partition('a1'), url);
    assert.deepEqual([requests.length, results], [1, { gaveUp: 1 }], String(status));
  }
});

test('a receiver that is slow, or not there, is as one that fails', async (context) => {
  const slow = await receiver(context, () => undefined);
  const timedOut = await deliver(partition('a1'), slow.url, { timeoutMs: 30, attemptsMax: 2 });
  assert.deepEqual([slow.requests.length, timedOut.results], [2, { retried: 1, gaveUp: 1 }]);
  const none = await deliver(partition('a1'), 'http://127.0.0.1:1/', { attemptsMax: 2 });
  assert.deepEqual(none.results, { retried: 1, gaveUp: 1 });
});

test('a huge answer is not read', async (context) => {
  let written = 0;
  const piece = Buffer.alloc(1024 * 1024);
  const { url } = await receiver(context, (response) => {
    response.on('error', () => undefined);
    const write = (): void => {
      if (response.destroyed || written > 64 * piece.length) return;
      written += piece.length;
      response.write(piece, write);
    };
    write();
  });
  const { results } = await deliver(partition('a1'), url);
  assert.deepEqual(results, { delivered: 1 });
  assert.ok(written <= 16 * piece.length, `${written} bytes written`);
});

test('candidates of one object come in order, and no more requests than requestsMax at a time', async (context) => {
  let [open, openMost] = [0, 0];
  const { url, requests } = await receiver(context, (response) => {
    openMost = Math.max(openMost, ++open);
    setTimeout(() => {
      open--;
      response.end();
    }, 5);
  });
  const names = ['a', 'b', 'c', 'd', 'e'].flatMap((name) =>
    [1, 2, 3].map((revision) => `${name}${revision}`),
  );
  await deliver(partition(...names), url, { requestsMax: 2, queueMax: 7 });
  assert.equal(openMost, 2);
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const own = requests.map(({ id }) => id).filter((id) => id.startsWith(`ztf/${name}/`));
    assert.deepEqual(
      own,
      [1, 2, 3].map((revision) => `ztf/${name}/${revision}`),
    );
  }
});

test('when the partition is taken away, what was delivered before the first open one is committed', async (context) => {
  const input = partition('a1', 'b1', 'c1');
  const { url, requests } = await receiver(context, (response, { id }) => {
    if (id === 'ztf/b/1')
      setTimeout(() => {
        input.lose();
      }, 20);
    else response.end();
  });
  const { results } = await deliver(input, url);
  assert.deepEqual([requests.length, results], [3, { delivered: 2 }]);
  assert.equal(input.nextOffset, 1n);
});

test('messages that are no scores are counted and passed over', async (context) => {
  const { url, requests } = await receiver(context, (response) => response.end());
  const values = [null, '', 'no JSON', '[]', '{"survey":"ztf","objectId":"a"}', jsonText(scoreRecord())];
  const input = new CandidatesPartition(values.map((value, i) => topicMessage(CANDIDATES, i, { value })));
  const { results } = await deliver(input, url);
  assert.deepEqual([requests.length, results, input.nextOffset], [1, { gaveUp: 5, delivered: 1 }, 6n]);
});

test('an object id with anything in it makes a header all the same', async (context) => {
  const { url, requests } = await receiver(context, (response) => response.end());
  const ids = ['a\r\nx: y', 'É 漢', '\ud800'];
  const messages = ids.map((objectId, i) =>
    topicMessage(CANDIDATES, i, { value: JSON.stringify({ survey: 's', objectId, revision: 1 }) }),
  );
  const { results } = await deliver(new CandidatesPartition(messages), url);
  assert.deepEqual(results, { delivered: 3 });
  assert.deepEqual(requests.map(({ id }) => id).sort(), [
    's/%C3%89%20%E6%BC%A2/1',
    's/%EF%BF%BD/1',
    's/a%0D%0Ax:%20y/1',
  ]);
});
