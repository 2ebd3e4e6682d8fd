import { Client, type QueryResultRow } from 'pg';
import type { Stack } from './stack.ts';

/** As a superuser, past row-level security: for assertions, and for what no route can do. */
export async function query<Row extends QueryResultRow>(
  stack: Pick<Stack, 'database'>,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: stack.database.adminUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
