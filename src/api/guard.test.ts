import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { Door, type Visitor } from '../access/door.js';
import { hashPassword } from '../access/password.js';
import { Users } from '../access/users.js';
import { silentLog } from '../base/log.js';
import { problemView } from './problem.js';
import { FakeAppliance } from './testing.js';

const open = new FakeAppliance();
const closed = new FakeAppliance();
let openBase = '';
let closedBase = '';
before(async () => {
  const users = { joe: await hashPassword('joe', 'pass:wörd') };
  closed.door = new Door(new Users(users, silentLog), silentLog);
  const asset = { body: Buffer.from('<!doctype html>'), type: 'text/html; charset=utf-8', etag: '"1"' };
  const page = new Map([['index.html', asset]]);
  [openBase, closedBase] = [await open.listen(page), await closed.listen(page)];
});
after(() => Promise.all([open.close(), closed.close()]));

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const authorization = basic('joe', 'pass:wörd');

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** With headers that `fetch` would not send. */
async function ask(
  base: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<Answer> {
  const asked = request(base + path, { method, headers, agent: false });
  asked.end(body);
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

/** Bytes as they are; resolves with everything that comes back. */
async function send(base: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  socket.on('error', () => socket.destroy());
  socket.write(bytes);
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

function problemOf(answer: string): { status: number; type: string; head: string } {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  assert.match(head, /\r\nContent-Type: application\/problem\+json\r\n/);
  const { status, type } = problemView.parse(JSON.parse(body));
  assert.equal(Number(head.split(' ')[1]), status);
  return { status, type: type.replace('urn:teecam:problem:', ''), head };
}

const addresses = [
  '/',
  '/?action=stream',
  '/webcam/?action=snapshot',
  '/stream',
  '/snapshot',
  '/front/low.mjpg',
  '/front/low.jpg',
  '/low.jpg',
  '/api/v1/cameras',
  '/api/v1/events',
  '/api/openapi.json',
  '/metrics',
  '/readyz',
  '/assets/x.js',
  '/nowhere',
  '/healthz/',
  '//healthz',
  '/healthz%2f',
  '/HEALTHZ',
];

describe('with users', () => {
  it('everything but /healthz needs a password, whatever the method', async () => {
    for (const path of addresses) {
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE']) {
        const { status, headers, text } = await ask(closedBase, path, {}, method);
        assert.equal(status, 401, `${method} ${path}`);
        assert.equal(headers['www-authenticate'], 'Basic realm="teecam", charset="UTF-8"');
        assert.equal(headers['cache-control'], 'no-store');
        assert.equal(text === '', method === 'HEAD');
      }
    }
    assert.equal((await ask(closedBase, '/healthz')).status, 200);
    assert.equal((await ask(closedBase, '/healthz?x=1')).status, 200);
    assert.equal((await ask(closedBase, '/healthz', {}, 'HEAD')).status, 200);
    assert.equal((await ask(closedBase, '/healthz', {}, 'POST')).status, 401);
    assert.equal(
      (
        await send(closedBase, `GET ${closedBase}/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      ).split(' ')[1],
      '401',
    );
  });

  it('the right password opens, at every address', async () => {
    for (const path of [
      '/',
      '/front/low.jpg',
      '/low.mjpg',
      '/stream',
      '/api/v1/cameras',
      '/metrics',
      '/readyz',
    ]) {
      assert.equal((await ask(closedBase, path, { authorization })).status, 200, path);
    }
    assert.equal((await ask(closedBase, '/nowhere', { authorization })).status, 404);
    assert.equal((await ask(closedBase, '/', { authorization, host: 'any.name.at.all' })).status, 200);
  });

  it('a wrong password, another scheme and what is no header do not', async () => {
    const wrong = [
      basic('joe', 'pass'),
      basic('joe', ''),
      basic('Joe', 'pass:wörd'),
      basic('', 'pass:wörd'),
      'Basic',
      'Basic ====',
      `Bearer ${authorization.slice(6)}`,
      `Digest username="joe"`,
      'joe:pass:wörd',
    ];
    for (const header of wrong) {
      const { status, text, headers } = await ask(closedBase, '/api/v1/cameras', {
        authorization: encodeURI(header),
      });
      assert.equal(status, 401, header);
      assert.equal(headers['content-type'], 'application/problem+json');
      assert.equal(problemView.parse(JSON.parse(text)).type, 'urn:teecam:problem:unauthorized');
      assert.doesNotMatch(text, /joe|pass:/);
    }
  });

  it('a WebSocket is refused before it is one, and opened with the password', async () => {
    const upgrade = (more: string) =>
      `GET /api/v1/events HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${more}\r\n`;
    const { status, head } = problemOf(await send(closedBase, upgrade('')));
    assert.equal(status, 401);
    assert.match(head, /\r\nWWW-Authenticate: Basic /);
    assert.equal(
      problemOf(await send(closedBase, upgrade(`Authorization: ${basic('joe', 'no')}\r\n`))).status,
      401,
    );
    const client = new WebSocket(`${closedBase.replace('http', 'ws')}/api/v1/events`, {
      headers: { authorization },
    });
    const [first] = (await once(client, 'message')) as [Buffer];
    assert.equal(JSON.parse(first.toString()).event, 'stats');
    client.terminate();
    assert.equal(
      problemOf(
        await send(closedBase, upgrade(`Authorization: ${authorization}\r\nOrigin: http://evil.org\r\n`)),
      ).status,
      403,
    );
  });

  it('who tries too often is told when to come back', async () => {
    const appliance = new FakeAppliance();
    const users = { joe: await hashPassword('joe', 'password') };
    appliance.door = new Door(new Users(users, silentLog), silentLog);
    const base = await appliance.listen();
    try {
      for (let attempt = 0; attempt < 10; attempt++) {
        const { status } = await ask(base, '/', { authorization: basic('joe', `guess ${attempt}`) });
        assert.equal(status, 401);
      }
      const { status, headers, text } = await ask(base, '/', { authorization: basic('joe', 'password') });
      assert.equal(status, 429);
      assert.equal(problemView.parse(JSON.parse(text)).type, 'urn:teecam:problem:too-many');
      assert.ok(Number(headers['retry-after']) > 0 && Number(headers['retry-after']) <= 60);
      assert.equal((await ask(base, '/healthz')).status, 200);
    } finally {
      await appliance.close();
    }
  });

  it('who has gone while the password was compared is not served', async () => {
    const appliance = new FakeAppliance();
    const users = { joe: await hashPassword('joe', 'password') };
    const steps = new EventEmitter();
    class SlowDoor extends Door {
      override async enter(visitor: Visitor): Promise<void> {
        await super.enter(visitor);
        steps.emit('arrived');
        await once(visitor.connection as EventEmitter, 'close');
        steps.emit('gone');
      }
    }
    appliance.door = new SlowDoor(new Users(users, silentLog), silentLog);
    const base = await appliance.listen();
    try {
      const asked = request(`${base}/front/low.mjpg`, {
        headers: { authorization: basic('joe', 'password') },
      });
      asked.on('error', () => {});
      asked.end();
      await once(steps, 'arrived');
      asked.destroy();
      await once(steps, 'gone');
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(appliance.media.viewers, []);
    } finally {
      await appliance.close();
    }
  });
});

describe('without users', () => {
  it('only names of this machine are answered, for another one may be a trap for a browser', async () => {
    for (const host of ['127.0.0.1', 'localhost:8080', '[::1]', 'teecam', 'teecam.local']) {
      assert.equal((await ask(openBase, '/api/v1/cameras', { host })).status, 200, host);
    }
    for (const host of ['evil.org', 'teecam.evil.org', '127.0.0.1.evil.org']) {
      const { status, text } = await ask(openBase, '/api/v1/cameras', { host });
      assert.equal(status, 421, host);
      assert.match(problemView.parse(JSON.parse(text)).detail, /http\.hosts/);
      assert.equal((await ask(openBase, '/healthz', { host })).status, 200);
    }
  });

  it('HTTP/1.0 needs no Host, HTTP/1.1 does', async () => {
    assert.match(await send(openBase, 'GET /healthz HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /);
    assert.equal(problemOf(await send(openBase, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).status, 400);
  });
});

describe('what changes something', () => {
  const json = { 'content-type': 'application/json' };
  const change = (headers: Record<string, string>, method = 'POST', body = '{}') =>
    ask(openBase, '/api/v1/nothing', { 'content-length': `${body.length}`, ...headers }, method, body);
  /** Behind the guard there is nothing at this address. */
  const passes = 404;

  it('is JSON', async () => {
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'application/merge-patch+json',
    ]) {
      assert.equal((await change({ 'content-type': type })).status, passes, type);
    }
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/jsonx',
      '',
    ]) {
      assert.equal((await change({ 'content-type': type })).status, 415, type);
    }
    assert.equal((await change({})).status, 415);
    assert.equal((await change({}, 'DELETE', '')).status, passes, 'without a body there is nothing to name');
    assert.equal((await change({ 'content-type': 'text/plain' }, 'POST', '')).status, 415);
  });

  it('comes from our own page, or from no page', async () => {
    const host = '127.0.0.1:8080';
    const own = [
      {},
      { origin: 'http://127.0.0.1:8080' },
      { 'sec-fetch-site': 'same-origin', origin: 'https://cam.example.org' },
      { 'sec-fetch-site': 'none' },
    ];
    for (const headers of own) assert.equal((await change({ host, ...json, ...headers })).status, passes);
    const foreign = [
      { origin: 'http://evil.org' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:8081' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:8080' },
    ];
    for (const headers of foreign) {
      for (const method of ['POST', 'PATCH', 'DELETE', 'PUT']) {
        assert.equal((await change({ host, ...json, ...headers }, method)).status, 403);
      }
    }
    assert.equal((await ask(openBase, '/api/v1/cameras', { host, origin: 'http://evil.org' })).status, 200);
  });
});

describe('what is no request', () => {
  it('is answered as a problem, and the connection ends', async () => {
    assert.deepEqual(problemOf(await send(openBase, 'nonsense\r\n\r\n')).type, 'bad-request');
    assert.equal(
      problemOf(await send(openBase, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).status,
      431,
    );
    assert.equal(
      problemOf(await send(openBase, 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n')).status,
      400,
    );
  });

  it('is a WebSocket elsewhere', async () => {
    const bytes = 'GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    assert.equal(problemOf(await send(openBase, bytes)).status, 404);
  });
});
