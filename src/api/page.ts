/** The page's files, read once and kept: there are few, and they do not change while we run. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

export interface Asset {
  body: Buffer;
  type: string;
  etag: string;
}

/** `index.html` is the page; every other name is served below `/assets/`. */
export type Page = ReadonlyMap<string, Asset>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** Takes the files of these folders, not of folders in them, that a page is made of. */
export async function loadPage(folders: readonly string[]): Promise<Page> {
  const page = new Map<string, Asset>();
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      const type = types[extname(name)];
      if (!type) continue;
      const body = await readFile(join(folder, name));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      page.set(name, { body, type, etag });
    }
  }
  return page;
}
