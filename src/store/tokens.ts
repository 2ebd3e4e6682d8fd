import { sql } from 'kysely';
import type { ConnectionRow } from './database.ts';
import type { SystemTransaction } from './tenant.ts';

export type TokenColumn = 'access_token' | 'refresh_token';
export type SealedRow = Pick<ConnectionRow, 'tenant_id' | 'id' | TokenColumn>;

/** Sealed tokens of all tenants, after the given row, in the order of the key. */
export async function listSealedTokens(
  tx: SystemTransaction,
  after: SealedRow | undefined,
  limit: number,
): Promise<SealedRow[]> {
  return tx
    .selectFrom('calendar_integrations')
    .select(['tenant_id', 'id', 'access_token', 'refresh_token'])
    .where(({ or, eb }) =>
      or([eb('access_token', 'is not', null), eb('refresh_token', 'is not', null)]),
    )
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(tenant_id, id) > (${after?.tenant_id}, ${after?.id})`),
    )
    .orderBy('tenant_id')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Replaces the token if it is still `old`. Answers what stands there now. */
export async function replaceToken(
  tx: SystemTransaction,
  { tenant_id, id }: SealedRow,
  column: TokenColumn,
  { old, fresh }: { old: string; fresh: string },
): Promise<string | null> {
  await tx
    .updateTable('calendar_integrations')
    .set({ [column]: fresh })
    .where('tenant_id', '=', tenant_id)
    .where('id', '=', id)
    .where(column, '=', old)
    .execute();
  const row = await tx
    .selectFrom('calendar_integrations')
    .select(column)
    .where('tenant_id', '=', tenant_id)
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.[column] ?? null;
}
