import type { OAuthRoute } from '../oauth.ts';
import { answerAdminConsent, askAdminConsent } from './admin-consent.ts';
import { answerMicrosoftConsent } from './answer.ts';
import { authorizeMicrosoft } from './authorize.ts';
import {
  answerMicrosoftDiscovery,
  answerMicrosoftKeys,
  answerMicrosoftUserInfo,
  revokeSignInSessions,
} from './identity.ts';
import { exchangeMicrosoftToken } from './token.ts';

/** Microsoft's addresses; the first segment is the tenant. */
export const microsoftRoutes: readonly OAuthRoute[] = [
  ['GET', /^\/[^/]+\/oauth2\/v2\.0\/authorize$/, 'oauth.authorize', authorizeMicrosoft],
  ['POST', /^\/[^/]+\/oauth2\/v2\.0\/consent$/, 'oauth.consent', answerMicrosoftConsent],
  ['POST', /^\/[^/]+\/oauth2\/v2\.0\/token$/, 'oauth.token', exchangeMicrosoftToken],
  ['GET', /^\/[^/]+\/v2\.0\/adminconsent$/, 'oauth.adminconsent', askAdminConsent],
  ['POST', /^\/[^/]+\/v2\.0\/adminconsent$/, 'oauth.adminconsent', answerAdminConsent],
  ['GET', /^\/[^/]+\/discovery\/v2\.0\/keys$/, 'oauth.certs', answerMicrosoftKeys],
  [
    'GET',
    /^\/[^/]+\/v2\.0\/\.well-known\/openid-configuration$/,
    'oauth.discovery',
    answerMicrosoftDiscovery,
  ],
  [
    'POST',
    /^\/(v1\.0|beta)\/me\/revokeSignInSessions$/,
    'me.revokeSignInSessions',
    revokeSignInSessions,
  ],
  ['GET', /^\/oidc\/userinfo$/, 'oauth.userinfo', answerMicrosoftUserInfo],
];
