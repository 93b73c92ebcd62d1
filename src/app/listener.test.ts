import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostInUrl, Listener, type ListenOptions } from './listener.js';

const options: ListenOptions = {
  host: '127.0.0.1',
  port: 0,
  key: 'http.port',
  protect: () => {},
  onError: () => {},
};

test('it listens, answers, survives a failed accept, and closes with its clients', async () => {
  const failures: unknown[] = [];
  const listener = await Listener.open({
    ...options,
    protect: (server) => server.on('request', (_request, response) => void response.write('x')),
    onError: (error) => failures.push(error),
  });
  const response = await fetch(`http://127.0.0.1:${listener.port}/`);
  listener.server.emit('error', new Error('EMFILE'));
  assert.equal(failures.length, 1);
  await listener.close();
  await assert.rejects(response.text(), 'the stream was cut');
});

test('a port in use is named with the key that sets it', async (t) => {
  const first = await Listener.open(options);
  t.after(() => first.close());
  await assert.rejects(Listener.open({ ...options, port: first.port }), {
    code: 'address-in-use',
    message: `127.0.0.1:${first.port} is in use: end what listens there, or change http.port`,
  });
});

test('hosts as a person can open them', () => {
  assert.deepEqual(['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost'].map(hostInUrl), [
    '127.0.0.1',
    '127.0.0.1',
    '127.0.0.1',
    '[::1]',
    'localhost',
  ]);
});
