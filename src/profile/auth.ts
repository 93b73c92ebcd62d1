/** Who may come in, as a profile writes it. `teecam password` makes what stands here. */
import { z } from 'zod';
import type { Path } from './fault.js';

export const userNameExpected =
  'a user name: letters, digits, ".", "_", "@" and "-", a letter or digit first, at most 64 characters';
/** No colon, which ends the name in HTTP basic, and nothing that a quoted text of RTSP would have to escape. */
export const userNamePattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

const hashExpected =
  'an argon2id hash with 7 to 256 MiB of memory and at most 10 passes, as `teecam password NAME` prints it';
const hashText = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$[\w+/]{11,86}\$[\w+/]{43,86}$/;

/** Weaker ones are below OWASP's least (7 MiB, 5 passes); stronger ones would let a login occupy the machine. */
function isAffordable(hash: string): boolean {
  const [, kibibytes, passes, lanes] = hashText.exec(hash)?.map(Number) ?? [];
  if (kibibytes === undefined || passes === undefined || lanes === undefined) return false;
  return kibibytes >= 7168 && kibibytes <= 262_144 && passes >= 1 && passes <= 10 && lanes >= 1;
}

const user = z.strictObject({
  password: z
    .string(hashExpected)
    .refine(isAffordable, hashExpected)
    .describe('The argon2id hash of the password'),
  rtsp: z
    .string('32 hexadecimal digits in quotes, as `teecam password NAME` prints them')
    .regex(/^[0-9a-fA-F]{32}$/, '32 hexadecimal digits, as `teecam password NAME` prints them')
    .transform((digits) => digits.toLowerCase())
    .describe(
      'What RTSP digest needs: MD5 of `NAME:teecam:PASSWORD`. As good as the password for RTSP, so keep the file private',
    ),
});

export const authSchema = z.union(
  [
    z.literal('none'),
    z.strictObject({
      users: z
        .record(z.string().regex(userNamePattern, userNameExpected).meta({ title: 'user name' }), user)
        .refine((users) => Object.keys(users).length > 0, 'at least one user')
        .describe('By name; each may see and change everything'),
    }),
  ],
  { error: '`none`, or users' },
);

/** `none`: nobody is asked, and that was said. */
export type Auth = z.output<typeof authSchema>;

/** Whether what stands here may be a password that somebody has put in the place of its hash. */
export function isSecret([root, ...below]: Path): boolean {
  return root === 'auth' && below.length >= 2;
}
