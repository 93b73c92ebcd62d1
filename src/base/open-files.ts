import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:net';
import { TeecamError } from './error.js';

/** Of the files that this process may open, the last quarter is kept, but no more than these. */
const mostKept = 128;
const tellPauseMs = 10_000;
const limit = openFileLimit();

/**
 * Closes new connections at once while too many files are open: what is left
 * serves those who are here already, and RTSP, which keeps less for itself
 * (native/core/open_files.h says what happens where there are none left).
 */
export function turnAwayWhenFull(server: Server, onError: (error: unknown) => void): void {
  let toldMs = -tellPauseMs;
  server.on('connection', (socket) => {
    if (openFiles() + Math.min(limit / 4, mostKept) < limit) return;
    socket.destroy();
    if (performance.now() - toldMs < tellPauseMs) return;
    toldMs = performance.now();
    onError(
      new TeecamError(
        'too-many',
        `connections are turned away: ${openFiles()} files are open of ${limit} (ulimit -n)`,
      ),
    );
  });
}

function openFiles(): number {
  // Linux 6.2 and newer tell the number as the folder's size.
  return statSync('/proc/self/fd').size || readdirSync('/proc/self/fd').length;
}

function openFileLimit(): number {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}
