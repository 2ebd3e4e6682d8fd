import { addParameters, redirectTo } from '../oauth.ts';
import type { OAuthCore } from '../oauth.ts';
import { bound } from '../oauth-state.ts';
import { escapeHtml, renderPage } from '../pages.ts';
import { readChallenge } from '../pkce.ts';
import { makeToken } from '../tokens.ts';
import { errorNameOf, textOf } from './errors.ts';
import type { Aadsts } from './errors.ts';
import { parseScopes } from './scopes.ts';
import { randomGuid } from '../../seed.ts';
import type { OAuthClient } from '../../seed.ts';
import type { Account } from '../../world.ts';

/** An authorization request that has passed the checks of the endpoint. */
export interface Question {
  query: URLSearchParams;
  client: OAuthClient;
  authority: string;
  redirectUri: string;
  responseMode: string;
  state: string | null;
  scopes: string[];
  prompt: string | null;
}

export function readQuestion(core: OAuthCore, query: URLSearchParams, authority: string): Question {
  const client = core.findClient('outlook', query.get('client_id'));
  if (!client) throw new Error('an authorization request without a known client');
  return {
    query,
    client,
    authority,
    redirectUri: query.get('redirect_uri') ?? '',
    responseMode: query.get('response_mode') ?? 'query',
    state: query.get('state'),
    scopes: parseScopes(query.get('scope') ?? '').scopes,
    prompt: query.get('prompt'),
  };
}

/** Sends the browser back: in the query, in the fragment, or by a form that posts itself. */
function answerApplication(
  question: Pick<Question, 'redirectUri' | 'responseMode' | 'state'>,
  parameters: Record<string, string | null>,
  headers: Record<string, string> = {},
): Response {
  const all = { ...parameters, state: question.state };
  if (question.responseMode === 'form_post') return renderFormPost(question.redirectUri, all);
  if (question.responseMode !== 'fragment') {
    return redirectTo(addParameters(question.redirectUri, all), headers);
  }
  const present = Object.entries(all).flatMap(([name, value]) =>
    value === null ? [] : [[name, value]],
  );
  return redirectTo(`${question.redirectUri}#${new URLSearchParams(present)}`, headers);
}

export function refuseApplication(
  question: Pick<Question, 'redirectUri' | 'responseMode' | 'state'>,
  aadsts: Aadsts,
): Response {
  return answerApplication(question, {
    error: errorNameOf(aadsts),
    error_description: textOf(aadsts),
    // Seen when a person cancels; undocumented.
    error_subcode: aadsts.code === 65004 ? 'cancel' : null,
  });
}

function renderFormPost(action: string, parameters: Record<string, string | null>): Response {
  const fields = Object.entries(parameters).map(([name, value]) =>
    value === null
      ? ''
      : `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return renderPage({
    brand: 'Microsoft',
    title: 'Returning to the application',
    body: `<form method="post" action="${escapeHtml(action)}">${fields.join('')}<button class="main">Continue</button></form>`,
    script: 'document.forms[0].submit()',
    formTarget: new URL(action).origin,
  });
}

/** Writes down the consent, makes the code and sends the browser back with it. */
export function finishConsent(
  core: OAuthCore,
  question: Question,
  account: Account,
  headers: Record<string, string> = {},
): Response {
  const { client, query, scopes } = question;
  const { runtime } = core.world;
  const before = core.findGrant(client, account.id);
  core.putGrant(client, account.id, {
    scopes: [...new Set([...(before?.scopes ?? []), ...scopes])],
    grantedAt: before?.grantedAt ?? runtime.now(),
    hasRefreshToken: before?.hasRefreshToken ?? false,
  });
  const code = makeToken('outlook', 'code', runtime.random);
  core.state.codes.set(code, {
    clientId: client.id,
    accountId: account.id,
    redirectUri: question.redirectUri,
    scopes,
    createdAt: runtime.now(),
    isUsed: false,
    challenge: readChallenge(query) ?? null,
    nonce: query.get('nonce'),
    isOffline: scopes.includes('offline_access'),
    includesGranted: false,
    authority: question.authority,
  });
  bound(core.state.codes, 1_000);
  const hasSessionState = core.world.getSwitch('outlook.oauth.session-state', true);
  return answerApplication(
    question,
    { code, session_state: hasSessionState ? randomGuid(runtime.random) : null },
    headers,
  );
}
