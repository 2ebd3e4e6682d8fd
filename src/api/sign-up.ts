import type { TenantId, UserId } from '../calendar/ids.ts';
import type { UserRow } from '../store/database.ts';
import { asSystem } from '../store/tenant.ts';
import { insertUser } from '../store/users.ts';
import { type AuthContext, createAuth, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from './auth.ts';

export interface NewUser {
  tenantId: TenantId;
  name: string;
  email: string;
  password: string;
  role: UserRow['role'];
  timeZone: string;
}

/**
 * Adds a person who can sign in. There is no route for it: nobody signs up by themselves.
 * Throws when the address is taken, in whichever tenant, or the password too short.
 */
export async function createUser(context: AuthContext, user: NewUser): Promise<UserId> {
  if (user.password.length < PASSWORD_LENGTH_MIN || user.password.length > PASSWORD_LENGTH_MAX) {
    throw new Error(`A password has ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters.`);
  }
  const { internalAdapter, password } = await createAuth(context).$context;
  const email = user.email.toLowerCase();
  const { id } = await internalAdapter.createUser(
    { email, name: user.name, emailVerified: true, tenantId: user.tenantId },
    { method: 'admin' },
  );
  const userId = id as UserId;
  try {
    await internalAdapter.linkAccount({
      userId,
      accountId: userId,
      providerId: 'credential',
      password: await password.hash(user.password),
    });
    const now = new Date(context.runtime.now());
    await asSystem(context.store, (tx) => insertUser(tx, { ...user, email, userId, now }));
  } catch (error) {
    // Two roles, so two transactions: a sign-in without a person behind it must not stay.
    await internalAdapter.deleteUser(userId);
    throw error;
  }
  return userId;
}
