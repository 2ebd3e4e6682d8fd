import { hkdfSync } from 'node:crypto';
import { betterAuth } from 'better-auth';
import type { AppContext } from './context.ts';

/** A session that is not used for this long ends. */
const SESSION_IDLE_SECONDS = 12 * 60 * 60;
/** Its end moves at most this often, so that reading does not mean writing. */
const SESSION_TOUCH_SECONDS = 15 * 60;
/** A session ends after this long however much it is used. */
export const SESSION_TOTAL_SECONDS = 7 * 24 * 60 * 60;

export const PASSWORD_LENGTH_MIN = 12;
export const PASSWORD_LENGTH_MAX = 256;

export type AuthContext = Pick<AppContext, 'config' | 'keys' | 'log' | 'runtime' | 'store'>;
export type Auth = ReturnType<typeof createAuth>;

/**
 * The sign-in library: passwords and sessions, in tables of their own (migration 0002). Its own
 * routes are not served; ours call it. Nobody signs up: see sign-up.ts.
 */
export function createAuth({ config, keys, log, runtime, store }: AuthContext) {
  const isSecure = isHttps(config.publicUrl);
  return betterAuth({
    baseURL: config.publicUrl,
    secret: deriveSecret(keys.secret, 'sessions'),
    database: store.authPool,
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH_MIN,
      maxPasswordLength: PASSWORD_LENGTH_MAX,
    },
    user: { additionalFields: { tenantId: { type: 'string', required: true, input: false } } },
    session: {
      expiresIn: SESSION_IDLE_SECONDS,
      updateAge: SESSION_TOUCH_SECONDS,
      // Each request asks the database, so that signing out and being disabled hold at once.
      cookieCache: { enabled: false },
    },
    advanced: {
      // The prefix is in our name already; the library would add `__Secure-`.
      useSecureCookies: false,
      cookies: {
        session_token: {
          name: sessionCookieName(config.publicUrl),
          attributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure },
        },
      },
      database: { generateId: () => runtime.newId() },
      ipAddress: { disableIpTracking: true },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: {
      // Its arguments can hold rows; the message is enough.
      log: (level, message) => {
        if (level === 'error') log.error({ library: 'better-auth' }, message);
      },
    },
  });
}

/** `__Host-` pins the cookie to this host and path, and needs https. */
export function sessionCookieName(publicUrl: string): string {
  return isHttps(publicUrl) ? '__Host-kalends' : 'kalends';
}

export function isHttps(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}

/** A secret for one purpose, in base64url: learning one tells nothing about another. */
export function deriveSecret(secret: Buffer, purpose: string): string {
  const key = hkdfSync('sha256', secret, '', `kalends api ${purpose}`, 32);
  return Buffer.from(key).toString('base64url');
}
