import { addParameters, makeSessionCookie, openSession, redirectTo } from '../oauth.ts';
import type { OAuthCore } from '../oauth.ts';
import { bound } from '../oauth-state.ts';
import { readChallenge } from '../pkce.ts';
import {
  escapeHtml as escape,
  renderAccountChoice,
  renderErrorPage,
  renderPage,
  renderPermissions,
} from '../pages.ts';
import { randomText } from '../tokens.ts';
import { finishConsent, readQuestion } from './consent.ts';
import type { Question } from './consent.ts';
import { findLiveGrant } from './live-grant.ts';
import { describeScope, isKnownScope, isSignInScope } from './scopes.ts';
import type { Account } from '../../world.ts';

/** Where the pages post the person's answers. */
export const GOOGLE_CONSENT_PATH = '/o/oauth2/v2/consent';

/**
 * The authorization endpoint: an error page, the choice of an account, or with `prompt=none` an
 * answer at once.
 *
 * Source: Google's OAuth web-server guide, authorization parameters
 */
export function authorizeGoogle(core: OAuthCore, request: Request): Response {
  const query = new URL(request.url).searchParams;
  const refusal = findRefusal(core, query) ?? findBrowserRefusal(request);
  if (refusal) return renderRefusal(refusal);

  const session = openSession(core, request);
  const cookie: Record<string, string> = session.isNew
    ? { 'set-cookie': makeSessionCookie(session.id) }
    : {};
  const question = readQuestion(core, query);
  if (question.prompts.includes('none')) return answerSilently(core, session.id, question);

  const flowId = randomText(core.world.runtime.random, 43);
  core.state.flows.set(flowId, {
    provider: 'google',
    sessionId: session.id,
    query: query.toString(),
    authority: '',
    accountId: null,
    createdAt: core.world.runtime.now(),
  });
  bound(core.state.flows, 1_000);

  const hinted = core.world.findAccount('google', query.get('login_hint') ?? '');
  if (hinted && !question.prompts.includes('select_account')) {
    return chooseGoogleAccount(core, flowId, question, hinted, cookie);
  }
  return renderPage({
    brand: 'Google',
    title: 'Choose an account',
    body:
      `<p>to continue to ${escape(question.client.name)}</p>` +
      renderAccountChoice(
        core.world.accounts.filter(({ provider }) => provider === 'google'),
        GOOGLE_CONSENT_PATH,
        flowId,
      ),
    formTarget: new URL(question.redirectUri).origin,
    headers: cookie,
  });
}

/** Asks for consent, or goes straight on when all of it was given before. */
export function chooseGoogleAccount(
  core: OAuthCore,
  flowId: string,
  question: Question,
  account: Account,
  headers: Record<string, string> = {},
): Response {
  const flow = core.state.flows.get(flowId);
  if (!flow) return renderRefusal(['invalid_request', 400, 'This page has expired.']);
  const barrier = findAccountBarrier(core, question, account);
  if (barrier) return renderRefusal(barrier);
  core.state.flows.set(flowId, { ...flow, accountId: account.id });

  const granted = findLiveGrant(core, question.client, account.id)?.scopes ?? [];
  const isAllGranted = question.scopes.every((scope) => granted.includes(scope));
  if (isAllGranted && !question.prompts.includes('consent')) {
    core.state.flows.delete(flowId);
    const location = finishConsent(core, question, account, question.scopes, false);
    return redirectTo(location, headers);
  }
  return renderConsent(flowId, question, account, headers);
}

function renderConsent(
  flowId: string,
  question: Question,
  account: Account,
  headers: Record<string, string>,
): Response {
  const { scopes, client } = question;
  const isGranular = scopes.length > 1 && scopes.some((scope) => !isSignInScope(scope));
  const permissions = scopes.map((scope) => ({
    scope,
    text: describeScope(scope),
    isOptional: isGranular && !isSignInScope(scope),
  }));
  return renderPage({
    brand: 'Google',
    title: `${client.name} wants access to your Google Account`,
    body: `<p>${escape(account.email)}</p>
<p>${isGranular ? `Select what ${escape(client.name)} can access` : `This will allow ${escape(client.name)} to:`}</p>
<form method="post" action="${GOOGLE_CONSENT_PATH}">
<input type="hidden" name="consent_id" value="${flowId}">
<input type="hidden" name="is_granular" value="${isGranular}">
${renderPermissions(permissions)}
<div class="actions">
<button name="answer" value="cancel">Cancel</button>
<button class="main" name="answer" value="allow">Allow</button>
</div>
</form>`,
    formTarget: new URL(question.redirectUri).origin,
    headers,
  });
}

type Refusal = readonly [error: string, status: number, description: string];

/** What Google tells the person on its own page, and never the application. */
function findRefusal(core: OAuthCore, query: URLSearchParams): Refusal | undefined {
  const client = core.findClient('google', query.get('client_id'));
  if (!query.get('client_id')) return missing('client_id');
  if (!client) return ['invalid_client', 401, 'The OAuth client was not found.'];
  if (client.publishing === 'deleted') {
    return ['deleted_client', 401, 'The OAuth client was deleted.'];
  }
  const redirectUri = query.get('redirect_uri');
  if (!redirectUri) return missing('redirect_uri');
  if (!client.redirectUris.includes(redirectUri)) {
    return [
      'redirect_uri_mismatch',
      400,
      `The redirect URI in the request, ${redirectUri}, does not match the ones authorized for the OAuth client.`,
    ];
  }
  if (!query.get('response_type')) return missing('response_type');
  if (query.get('response_type') !== 'code') {
    return ['unsupported_response_type', 400, 'The sandbox plays the code flow only.'];
  }
  const scopes = splitWords(query.get('scope'));
  if (scopes.length === 0) return missing('scope');
  const unknown = scopes.filter((scope) => !isKnownScope(scope));
  if (unknown.length > 0) {
    return ['invalid_scope', 400, `Some requested scopes were invalid: ${unknown.join(', ')}`];
  }
  return findParameterRefusal(query);
}

function findParameterRefusal(query: URLSearchParams): Refusal | undefined {
  if (readChallenge(query) === undefined) {
    return ['invalid_request', 400, 'The code challenge or its method is not valid.'];
  }
  const accessType = query.get('access_type') ?? 'online';
  if (accessType !== 'online' && accessType !== 'offline') {
    return ['invalid_request', 400, `Invalid parameter value for access_type: ${accessType}`];
  }
  const prompts = splitWords(query.get('prompt'));
  const isKnown = prompts.every((word) => ['none', 'consent', 'select_account'].includes(word));
  if (!isKnown || (prompts.includes('none') && prompts.length > 1)) {
    return ['invalid_request', 400, `Invalid parameter value for prompt: ${prompts.join(' ')}`];
  }
  return undefined;
}

/**
 * Google signs nobody in inside another application's web view. Source: ibid., authorization
 * errors
 */
function findBrowserRefusal(request: Request): Refusal | undefined {
  const browser = request.headers.get('user-agent') ?? '';
  if (!/; wv\)|\bFBA[NV]\b|\bInstagram\b/.test(browser)) return undefined;
  return ['disallowed_useragent', 403, 'Use a secure browser.'];
}

const missing = (name: string): Refusal => [
  'invalid_request',
  400,
  `Required parameter is missing: ${name}`,
];

/** Refusals that depend on who wants in. Source: Google's OAuth guide, authorization errors */
function findAccountBarrier(
  core: OAuthCore,
  { client }: Question,
  account: Account,
): Refusal | undefined {
  if (client.publishing === 'internal' && account.tenantId !== client.workspace) {
    return ['org_internal', 403, `${client.name} is restricted to users within its organization.`];
  }
  const condition = core.state.conditions.get(`google ${account.id}`);
  if (condition === 'admin_policy_enforced') {
    return [condition, 400, 'Your organization does not allow this application.'];
  }
  return undefined;
}

export const renderRefusal = ([error, status, description]: Refusal) =>
  renderErrorPage('Google', status, 'Access blocked', [description, `Error ${status}: ${error}`]);

/** `prompt=none`: no page may be shown, so the browser must know one account that has consented. */
function answerSilently(core: OAuthCore, sessionId: string, question: Question): Response {
  const signedIn = core.state.sessions.get(sessionId) ?? [];
  const hint = question.query.get('login_hint');
  const accounts = signedIn
    .map((id) => core.world.findAccount('google', id))
    .filter((account) => account !== undefined)
    .filter((account) => hint === null || account.email === hint || account.id === hint);
  const [account] = accounts;
  const granted = account && findLiveGrant(core, question.client, account.id)?.scopes;
  const isGranted = question.scopes.every((scope) => granted?.includes(scope));
  if (!account || accounts.length > 1 || !isGranted) {
    const error = account && accounts.length === 1 ? 'consent_required' : 'interaction_required';
    return redirectTo(addParameters(question.redirectUri, { error, state: question.state }));
  }
  return redirectTo(finishConsent(core, question, account, question.scopes, false));
}

const splitWords = (text: string | null) => (text ?? '').split(' ').filter((word) => word !== '');
