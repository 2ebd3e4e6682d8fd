import type { OAuthCore, OAuthRoute } from '../oauth.ts';
import { answerGoogleConsent } from './answer.ts';
import { authorizeGoogle, GOOGLE_CONSENT_PATH } from './authorize.ts';
import {
  answerGoogleCerts,
  answerGoogleDiscovery,
  answerGoogleTokenInfo,
  answerGoogleUserInfo,
} from './identity.ts';
import { exchangeGoogleToken, revokeGoogleToken } from './token.ts';

const userInfo = (core: OAuthCore, request: Request) => answerGoogleUserInfo(core, request);

/** Google's addresses, which are on several hosts and share none of their paths. */
export const googleRoutes: readonly OAuthRoute[] = [
  ['GET', /^\/o\/oauth2\/v2\/auth$/, 'oauth.authorize', authorizeGoogle],
  ['POST', new RegExp(`^${GOOGLE_CONSENT_PATH}$`), 'oauth.consent', answerGoogleConsent],
  ['POST', /^\/token$/, 'oauth.token', exchangeGoogleToken],
  ['POST', /^\/revoke$/, 'oauth.revoke', revokeGoogleToken],
  ['*', /^\/tokeninfo$/, 'oauth.tokeninfo', answerGoogleTokenInfo],
  ['GET', /^\/oauth2\/v1\/certs$/, 'oauth.certs', (core) => answerGoogleCerts(core, 'v1')],
  ['GET', /^\/oauth2\/v3\/certs$/, 'oauth.certs', (core) => answerGoogleCerts(core, 'v3')],
  ['GET', /^\/oauth2\/v2\/userinfo$/, 'oauth.userinfo', userInfo],
  ['GET', /^\/userinfo\/v2\/me$/, 'oauth.userinfo', userInfo],
  [
    'GET',
    /^\/\.well-known\/openid-configuration$/,
    'oauth.discovery',
    (_core, request) => answerGoogleDiscovery(new URL(request.url).origin),
  ],
];
