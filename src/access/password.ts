/** What is kept of a password, and how one is compared with it. */
import { createHash, randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** Of HTTP basic and of RTSP; RTSP's hash holds it. */
export const realm = 'teecam';

/** A user's password as profile and state folder keep it. */
export interface PasswordHashes {
  /** argon2id. */
  password: string;
  /** HA1 of RTSP digest: MD5("NAME:teecam:PASSWORD"), 32 hexadecimal digits. */
  rtsp: string;
}

/** The library's default is argon2id; this is what OWASP asks of it: 19 MiB, two passes. Some 30 ms on a desktop. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Unicode has several ways to write an ö; RFC 7613 compares the composed one. */
export function normalized(password: string): string {
  return password.normalize('NFC');
}

export async function hashPassword(user: string, password: string): Promise<PasswordHashes> {
  const text = normalized(password);
  return { password: await hash(text, cost), rtsp: rtspHash(user, text) };
}

export function rtspHash(user: string, password: string): string {
  return createHash('md5')
    .update(`${user}:${realm}:${normalized(password)}`)
    .digest('hex');
}

/** Computes on a thread of libuv's pool, in constant time for a given hash. False too for a hash that is none. */
export async function isPassword(password: string, { password: kept }: PasswordHashes): Promise<boolean> {
  return verify(kept, normalized(password)).catch(() => false);
}

// No letters that look like others in some typeface, since people type it from one machine into another.
const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
const groups = 4;
const groupLength = 5;

/** 20 letters and digits in four groups, 99 bits. */
export function randomPassword(): string {
  const group = () => Array.from({ length: groupLength }, () => letters[randomInt(letters.length)]).join('');
  return Array.from({ length: groups }, group).join('-');
}

/** Null: it may be used. Else what is wrong with it, in words. */
export function passwordFault(password: string): string | null {
  if (password === '') return 'it is empty';
  if (password.length < 8) return 'it has fewer than 8 characters';
  if (password.length > 256) return 'it has more than 256 characters';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(password)) return 'it has a control character in it, as a tab';
  return null;
}
