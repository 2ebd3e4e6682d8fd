import { expect, test } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { openBase } from './base.ts';
import { describeFailure, playSeeds } from './play-seeds.ts';

/** All parts together; SIMULATION_HISTORIES makes it more or fewer. */
const HISTORIES = Number(process.env['SIMULATION_HISTORIES'] ?? 2000);
/** The first seed of all. */
const FROM = Number(process.env['SIMULATION_FROM'] ?? 1);

/** The histories of one file: files run beside each other. `part` is counted from 0. */
export function playPart(part: number, of: number): void {
  const from = FROM + Math.floor((HISTORIES * part) / of);
  const until = FROM + Math.floor((HISTORIES * (part + 1)) / of);
  const seeds = Array.from({ length: until - from }, (_, index) => from + index);

  test(`histories ${from} to ${until - 1}: nothing is lost, doubled, resurrected, diverged or stuck`, async () => {
    const database = await createDatabase();
    const base = await openBase(database.adminUrl, database.roleUrls);
    const failures: string[] = [];
    let played = 0;
    try {
      for await (const result of playSeeds(base, seeds)) {
        played++;
        if (result.complaints.length === 0) continue;
        failures.push(describeFailure(result));
        // At once, too: the rest takes minutes.
        console.error(failures.at(-1));
      }
    } finally {
      await base.close();
      await database.drop();
    }
    expect(failures).toEqual([]);
    expect(played).toBe(seeds.length);
  });
}
