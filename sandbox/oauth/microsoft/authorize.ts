import { makeSessionCookie, openSession } from '../oauth.ts';
import type { OAuthCore } from '../oauth.ts';
import { bound } from '../oauth-state.ts';
import {
  escapeHtml as escape,
  renderAccountChoice,
  renderPage,
  renderPermissions,
} from '../pages.ts';
import { randomText } from '../tokens.ts';
import { findAuthority, isAdmitted, isInAudience } from './authority.ts';
import { finishConsent, readQuestion, refuseApplication } from './consent.ts';
import type { Question } from './consent.ts';
import { renderAadsts } from './errors.ts';
import { findRequestError, isRedirectable } from './request-error.ts';
import { describePermission, isAdminOnly, isWorkOnly } from './scopes.ts';
import type { Account } from '../../world.ts';

/**
 * Conditions that a person satisfies by signing in: multi-factor, a fresh password, a new session.
 */
const SATISFIED_BY_SIGN_IN = [
  '50055',
  '50074',
  '50076',
  '50078',
  '50079',
  '50173',
  '70043',
  '65001',
];

/** The authorization endpoint of `/{tenant}`. Source: OAuth 2.0 authorization code flow */
export function authorizeMicrosoft(core: OAuthCore, request: Request): Response {
  const url = new URL(request.url);
  const query = url.searchParams;
  const segment = decodeURIComponent(url.pathname.split('/')[1] ?? '');
  const authority = findAuthority(core, segment);
  if (authority === undefined) {
    return renderAadsts(core.world, { code: 90002, detail: `Tenant '${segment}'.` });
  }
  const error = findRequestError(core, query, authority);
  if (error && !isRedirectable(error)) return renderAadsts(core.world, error);
  const question = readQuestion(core, query, authority);
  if (error) return refuseApplication(question, error);

  const session = openSession(core, request);
  if (question.prompt === 'none') return answerSilently(core, session.id, question);
  const cookie: Record<string, string> = session.isNew
    ? { 'set-cookie': makeSessionCookie(session.id) }
    : {};
  const flowId = randomText(core.world.runtime.random, 43);
  core.state.flows.set(flowId, {
    provider: 'outlook',
    sessionId: session.id,
    query: query.toString(),
    authority,
    accountId: null,
    createdAt: core.world.runtime.now(),
  });
  bound(core.state.flows, 1_000);

  const hinted = core.world.findAccount('outlook', query.get('login_hint') ?? '');
  if (hinted && isAdmitted(hinted, authority)) {
    return chooseMicrosoftAccount(core, flowId, question, hinted, cookie);
  }
  return renderPage({
    brand: 'Microsoft',
    title: 'Pick an account',
    body:
      `<p>to continue to ${escape(question.client.name)}</p>` +
      renderAccountChoice(
        core.world.accounts.filter((account) => isAdmitted(account, authority)),
        consentPath(authority),
        flowId,
      ),
    formTarget: new URL(question.redirectUri).origin,
    headers: cookie,
  });
}

const consentPath = (authority: string) => `/${authority}/oauth2/v2.0/consent`;

/** Asks for consent, or goes straight on when all of it was given before. */
export function chooseMicrosoftAccount(
  core: OAuthCore,
  flowId: string,
  question: Question,
  account: Account,
  headers: Record<string, string> = {},
): Response {
  const flow = core.state.flows.get(flowId);
  if (!flow) return renderAadsts(core.world, { code: 9002313 });
  if (!isInAudience(question.client, account)) return renderAadsts(core.world, { code: 50020 });
  const condition = core.state.conditions.get(`outlook ${account.id}`);
  const needsAdmin = isAdminConsentNeeded(core, question, account, condition);
  if (needsAdmin) return renderApprovalRequired(flowId, question, account, headers);
  if (condition && condition !== '90094' && !SATISFIED_BY_SIGN_IN.includes(condition)) {
    return renderAadsts(core.world, { code: Number(condition) });
  }
  core.state.flows.set(flowId, { ...flow, accountId: account.id });
  if (isConsented(core, question, account) && question.prompt !== 'consent') {
    core.state.flows.delete(flowId);
    core.state.conditions.delete(`outlook ${account.id}`);
    return finishConsent(core, question, account, headers);
  }
  return renderConsent(flowId, question, account, headers);
}

function isConsented(core: OAuthCore, { client, scopes }: Question, account: Account): boolean {
  if (core.state.adminConsents.get(client.id)?.includes(account.tenantId ?? '')) return true;
  const granted = core.findGrant(client, account.id)?.scopes ?? [];
  return scopes.every((scope) => granted.includes(scope));
}

function isAdminConsentNeeded(
  core: OAuthCore,
  { client, scopes }: Question,
  account: Account,
  condition: string | undefined,
): boolean {
  if (core.state.adminConsents.get(client.id)?.includes(account.tenantId ?? '')) return false;
  const isWork = account.kind === 'work';
  return condition === '90094' || condition === '90095' || (isWork && scopes.some(isAdminOnly));
}

function renderConsent(
  flowId: string,
  question: Question,
  account: Account,
  headers: Record<string, string>,
): Response {
  const { client, scopes } = question;
  const asked = scopes.filter((scope) => account.kind === 'work' || !isWorkOnly(scope));
  const permissions = asked.map((scope) => ({
    scope,
    text: describePermission(scope),
    isOptional: false,
  }));
  return renderPage({
    brand: 'Microsoft',
    title: 'Permissions requested',
    body: `<p>${escape(account.email)}</p>
<p>${escape(client.name)} would like to:</p>
<form method="post" action="${consentPath(question.authority)}">
<input type="hidden" name="consent_id" value="${flowId}">
${renderPermissions(permissions)}
<div class="actions">
<button name="answer" value="cancel">Cancel</button>
<button class="main" name="answer" value="accept">Accept</button>
</div>
</form>`,
    formTarget: new URL(question.redirectUri).origin,
    headers,
  });
}

/** AADSTS90094: the person can only go back. */
function renderApprovalRequired(
  flowId: string,
  question: Question,
  account: Account,
  headers: Record<string, string>,
): Response {
  return renderPage({
    brand: 'Microsoft',
    title: 'Need admin approval',
    body: `<p>${escape(account.email)}</p>
<p>${escape(question.client.name)} needs permission to access resources in your organization that only an admin can grant. Please ask an admin to grant permission to this app before you can use it. (AADSTS90094)</p>
<form method="post" action="${consentPath(question.authority)}">
<input type="hidden" name="consent_id" value="${flowId}">
<div class="actions">
<button name="answer" value="needs-admin">Return to the application without granting consent</button>
</div>
</form>`,
    formTarget: new URL(question.redirectUri).origin,
    headers,
  });
}

/** `prompt=none`: no page may be shown. Source: OIDC on the platform, `prompt` */
function answerSilently(core: OAuthCore, sessionId: string, question: Question): Response {
  const hint = question.query.get('login_hint');
  const accounts = (core.state.sessions.get(sessionId) ?? [])
    .map((id) => core.world.findAccount('outlook', id))
    .filter((account) => account !== undefined && isAdmitted(account, question.authority))
    .filter((account) => hint === null || account?.email === hint);
  const [account] = accounts;
  if (!account) return refuseApplication(question, { code: 50058 });
  if (accounts.length > 1) return refuseApplication(question, { code: 16000 });
  const condition = core.state.conditions.get(`outlook ${account.id}`);
  if (condition) {
    return refuseApplication(question, { code: Number(condition), error: 'interaction_required' });
  }
  if (!isConsented(core, question, account)) {
    return refuseApplication(question, { code: 65001, error: 'consent_required' });
  }
  return finishConsent(core, question, account);
}
