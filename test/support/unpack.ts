import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { brotliDecompress, createBrotliDecompress } from 'node:zlib';
import { promisify } from 'node:util';

const BLOCK_BYTES = 512;

/** Decompresses one big file, streaming. */
export async function unpackFile(archive: string, target: string, mode: number): Promise<void> {
  await pipeline(
    createReadStream(archive),
    createBrotliDecompress(),
    createWriteStream(target, { mode }),
  );
}

/**
 * Unpacks a `.tar.br` of a few megabytes into a folder; plain files only. A machine that has nothing
 * but Node need not have `tar`. Source: POSIX ustar.
 */
export async function unpackTar(archive: string, folder: string): Promise<void> {
  const tar = await promisify(brotliDecompress)(await readFile(archive));
  let offset = 0;
  while (offset + BLOCK_BYTES <= tar.length) {
    const header = tar.subarray(offset, offset + BLOCK_BYTES);
    const name = readText(header, 0, 100);
    if (!name) return;
    const size = Number.parseInt(readText(header, 124, 12), 8);
    const isFile = ['0', ''].includes(readText(header, 156, 1));
    const start = offset + BLOCK_BYTES;
    if (isFile) await writeInside(folder, name, tar.subarray(start, start + size));
    offset = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
}

function readText(header: Buffer, start: number, length: number): string {
  const text = header.toString('latin1', start, start + length);
  return text.split('\0', 1)[0]?.trim() ?? '';
}

async function writeInside(folder: string, name: string, content: Buffer): Promise<void> {
  const path = normalize(name);
  if (path.startsWith('..')) throw new Error(`${name} would be written outside ${folder}`);
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content);
}
