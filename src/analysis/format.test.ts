import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Component } from '../stream/message.js';
import { jpegComponent } from '../stream/testing.js';
import { formatReport } from './format.js';

function h264(...sps: [profile: number, constraints: number, level: number]) {
  const header = Uint8Array.from([0, 0, 0, 1, 0x67, ...sps, 0xda, 0, 0, 0, 1, 0x68, 0xce]);
  const component: Component = { ...jpegComponent, codec: 'h264', header };
  return formatReport(component);
}

test('H.264 tells profile and level, its name for players, and its parameter sets', () => {
  const { profile, level, codecs, headers } = h264(0x42, 0xc0, 0x1f);
  assert.deepEqual([profile, level, codecs], ['Constrained Baseline', '3.1', 'avc1.42C01F']);
  assert.equal(Buffer.from(headers ?? '', 'base64').toString('hex'), '000000016742c01fda0000000168ce');
});

test('profiles and levels have the names of the standard', () => {
  const names = (...sps: [number, number, number]) => {
    const { profile, level } = h264(...sps);
    return `${profile} ${level}`;
  };
  assert.equal(names(66, 0x80, 30), 'Baseline 3.0');
  assert.equal(names(77, 0, 11), 'Main 1.1');
  assert.equal(names(77, 0x10, 11), 'Main 1b');
  assert.equal(names(100, 0, 51), 'High 5.1');
  assert.equal(names(100, 0x10, 11), 'High 1.1');
  assert.equal(names(118, 0, 9), 'profile 118 1b');
});

test('other streams have none of it, and a rate that varies is none', () => {
  const raw: Component = { ...jpegComponent, codec: 'raw', format: 'NV12', framerate: [0, 1] };
  assert.deepEqual(formatReport(raw), {
    codec: 'raw',
    format: 'NV12',
    width: 640,
    height: 480,
    framerate: null,
    profile: null,
    level: null,
    codecs: null,
    headers: null,
  });
});
