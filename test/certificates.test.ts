/** Cameras whose certificates nobody has signed but they themselves. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { RunningAppliance } from './support/appliance.js';
import { output } from './support/child.js';
import { HttpCamera } from './support/http-camera.js';
import { h264, RtspCamera } from './support/rtsp-camera.js';
import { until } from './support/until.js';

const folder = await mkdtemp(join(tmpdir(), 'teecam-test-'));
after(() => rm(folder, { recursive: true }));

const pemFile = join(folder, 'camera.pem');
const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
await output('openssl', [
  ...['req', '-x509', ...key, '-subj', '/CN=camera', '-days', '2'],
  ...['-keyout', pemFile, '-out', join(folder, 'certificate.pem')],
]);
const certificate = await readFile(join(folder, 'certificate.pem'));
const pem = Buffer.concat([await readFile(pemFile), certificate]);
const { fingerprint256 } = new X509Certificate(certificate);
const fingerprint = fingerprint256.replaceAll(':', '').toLowerCase();

const streams = { low: { codec: 'jpeg', width: 320, height: 180, framerate: 15 } };

async function shows(appliance: RunningAppliance, camera: string, said: string): Promise<string> {
  return until(
    `${camera} is ${said}`,
    async () => {
      const { state, reason, detail } = await appliance.camera(camera);
      return (reason ?? state) === said && `${camera}: ${detail}`;
    },
    { withinMs: 30_000 },
  ).catch((cause: unknown) => {
    throw new Error(appliance.log.slice(-4000), { cause });
  });
}

describe('a certificate of its own', () => {
  for (const kind of ['rtsps', 'https'] as const) {
    it(`of an ${kind} camera is refused with its fingerprint, and trusted by it`, {
      timeout: 90_000,
    }, async () => {
      const file = join(folder, `${kind}.pem`);
      await writeFile(file, pem);
      await using web = await HttpCamera.start(pem);
      await using player = await RtspCamera.start({ launch: h264(320, 180), pem: file });
      const address = kind === 'rtsps' ? player.address : web.address('/stream');
      await using appliance = await RunningAppliance.start({
        cameras: {
          unknown: { source: address, streams },
          pinned: { source: `${address}#sha256=${fingerprint256}`, streams },
          other: { source: `${address}#sha256=${'ab'.repeat(32)}`, streams },
        },
      });
      assert.match(
        await shows(appliance, 'unknown', 'untrusted'),
        new RegExp(`does not trust.*#sha256=${fingerprint}`),
      );
      assert.match(
        await shows(appliance, 'other', 'untrusted'),
        new RegExp(`another one.*#sha256=${fingerprint}`),
      );
      await shows(appliance, 'pinned', 'live');
      const protection = await until(
        'its protection',
        async () => (await appliance.camera('pinned')).source.protection,
      );
      assert.match(protection.cipher, /^TLS_/);
      assert.deepEqual([protection.protocol, protection.version], ['tls', '1.3']);
      assert.equal((await appliance.camera('other')).source.protection, null);
    });
  }
});
