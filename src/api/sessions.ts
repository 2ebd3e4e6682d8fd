import { createHash } from 'node:crypto';
import { APIError } from 'better-auth/api';
import type { TenantId, UserId } from '../calendar/ids.ts';
import { findUser } from '../store/users.ts';
import { inTenant } from '../store/tenant.ts';
import { type AuthContext, createAuth, SESSION_TOTAL_SECONDS } from './auth.ts';
import type { Caller } from './authenticate.ts';

/** Sessions of people, read afresh each time. */
export interface Sessions {
  /** Null when address or password is wrong, or the user is disabled: which, is not said. */
  signIn(credentials: { email: string; password: string }): Promise<SignedIn | null>;
  /** The caller behind these cookies, or null. `touch: false` leaves the session's end where it is. */
  read(
    cookie: string | undefined,
    options?: { touch: boolean },
  ): Promise<{ caller: Caller | null; setCookies: string[] }>;
  /** Ends the session behind these cookies, if any; gives the cookies that say so. */
  signOut(cookie: string | undefined): Promise<string[]>;
}

export interface SignedIn {
  caller: Caller;
  setCookies: string[];
}

export function openSessions(context: AuthContext): Sessions {
  const { runtime } = context;
  const auth = createAuth(context);

  async function endSession(token: string): Promise<void> {
    await (await auth.$context).internalAdapter.deleteSession(token);
  }

  return {
    async signIn(credentials) {
      await deleteExpiredSessions(context);
      const signedIn = await auth.api
        .signInEmail({ body: credentials, returnHeaders: true })
        .catch((error: unknown) => {
          if (isWrongCredentials(error)) return null;
          throw error;
        });
      if (!signedIn) return null;
      const { token, user } = signedIn.response;
      const caller = await readCaller(context, token, user.tenantId, user.id);
      if (!caller) {
        await endSession(token);
        return null;
      }
      return { caller, setCookies: signedIn.headers.getSetCookie() };
    },

    async read(cookie, { touch } = { touch: true }) {
      if (!cookie) return { caller: null, setCookies: [] };
      const { headers, response } = await auth.api.getSession({
        headers: new Headers({ cookie }),
        query: { disableRefresh: !touch },
        returnHeaders: true,
      });
      if (!response) return { caller: null, setCookies: headers.getSetCookie() };
      const { session, user } = response;
      const endsAt = session.createdAt.getTime() + SESSION_TOTAL_SECONDS * 1000;
      if (endsAt <= runtime.now()) {
        await endSession(session.token);
        return { caller: null, setCookies: [] };
      }
      const caller = await readCaller(context, session.token, user.tenantId, user.id);
      return { caller, setCookies: caller ? headers.getSetCookie() : [] };
    },

    async signOut(cookie) {
      const headers = new Headers(cookie ? { cookie } : {});
      const answer = await auth.api.signOut({ headers, returnHeaders: true });
      return answer.headers.getSetCookie();
    },
  };
}

/** Role and being disabled come from our own table, each time: they hold at once. */
async function readCaller(
  { store }: AuthContext,
  token: string,
  tenantId: string,
  userId: string,
): Promise<Caller | null> {
  const scope = { tenantId: tenantId as TenantId, userId: userId as UserId };
  const user = await inTenant(store, scope, (tx) => findUser(tx, scope.userId));
  if (!user || user.disabled_at) return null;
  const sessionHash = createHash('sha256').update(token).digest('hex');
  return { ...scope, role: user.role, sessionHash };
}

/** The library removes an ended session only when it is used again. */
async function deleteExpiredSessions({ store, runtime }: AuthContext): Promise<void> {
  await store.authPool.query('delete from session where "expiresAt" < $1', [
    new Date(runtime.now()),
  ]);
}

/** 401 for a wrong pair, 400 for what cannot be one (too long, no address). */
function isWrongCredentials(error: unknown): boolean {
  return error instanceof APIError && (error.statusCode === 401 || error.statusCode === 400);
}
