import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { hashPassword, passwordFault, randomPassword } from '../access/password.js';
import { TeecamError } from '../base/error.js';
import { userNameExpected, userNamePattern } from '../profile/auth.js';

export function addPasswordCommand(program: Command): void {
  program
    .command('password')
    .description('print what a profile needs to let a user in')
    .argument('<name>', 'of the user')
    .option('--random', 'make a password, and show it', false)
    .action(run);
}

/** The YAML on standard output, everything else on standard error: the first may be sent to a file. */
async function run(name: string, { random }: { random: boolean }): Promise<void> {
  if (!userNamePattern.test(name)) throw usage(`expected ${userNameExpected}; found ${JSON.stringify(name)}`);
  const password = random ? randomPassword() : await askedFor(name);
  const fault = passwordFault(password);
  if (fault !== null) throw usage(`this password cannot be used: ${fault}`);
  const hashes = await hashPassword(name, password);
  if (random) process.stderr.write(`The password of ${name}, shown this once: ${password}\n`);
  process.stdout.write(
    stringify(
      { auth: { users: { [name]: hashes } } },
      { defaultStringType: 'QUOTE_SINGLE', defaultKeyType: 'PLAIN', lineWidth: 0 },
    ),
  );
}

function usage(sentence: string): TeecamError {
  return new TeecamError('usage', sentence);
}

/** From a person twice, since nobody sees what is typed; from a program the whole of its text, less a line's end. */
async function askedFor(name: string): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  const lines = terminal[Symbol.asyncIterator]();
  const typed = async (question: string): Promise<string> => {
    process.stderr.write(question);
    const { value, done } = await lines.next();
    process.stderr.write('\n');
    if (done) throw usage('no password was given');
    return value;
  };
  try {
    const first = await typed(`Password of ${name}: `);
    if (first !== (await typed('The same again: '))) throw usage('the two passwords differ');
    return first;
  } finally {
    terminal.close();
  }
}
