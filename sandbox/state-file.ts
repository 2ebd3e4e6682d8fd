import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** How long changes gather before they are written, in milliseconds. */
const GATHER_MS = 500;

/** A file that follows the sandbox's state. */
export interface StateFile {
  /** Something may have changed; it will be written soon. */
  touch(): void;
  /** Writes now what is not yet written, for the stop. */
  flush(): void;
}

/**
 * What was saved before, or undefined when the file does not exist. Throws for a file that is not
 * JSON.
 */
export function readStateFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`the sandbox's state file ${path} cannot be read`, { cause: error });
  }
}

/** Saves by replacing the whole file, so that a crash leaves either the old state or the new. */
export function openStateFile(path: string, snapshot: () => unknown): StateFile {
  let gatherMs = GATHER_MS;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    const startedAt = performance.now();
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}.tmp`;
    // Only the owner may read it: it holds tokens, if only played ones.
    writeFileSync(temporary, JSON.stringify(snapshot()), { mode: 0o600 });
    renameSync(temporary, path);
    // A large state is written less often, so that saving never takes more than a tenth of the
    // time.
    gatherMs = Math.max(GATHER_MS, 10 * (performance.now() - startedAt));
  };
  return {
    touch() {
      timer ??= setTimeout(flush, gatherMs).unref();
    },
    flush,
  };
}
