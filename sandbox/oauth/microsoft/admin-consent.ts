import {
  addParameters,
  findSessionId,
  makeSessionCookie,
  openSession,
  redirectTo,
} from '../oauth.ts';
import type { OAuthCore } from '../oauth.ts';
import { bound } from '../oauth-state.ts';
import { escapeHtml as escape, renderPage, renderPermissions } from '../pages.ts';
import { randomText } from '../tokens.ts';
import { findAuthority } from './authority.ts';
import { renderAadsts, textOf } from './errors.ts';
import { describePermission, parseScopes } from './scopes.ts';

const pathOf = (authority: string) => `/${authority}/v2.0/adminconsent`;

/**
 * `GET /{tenant}/v2.0/adminconsent`: an administrator allows the application for a whole tenant.
 *
 * Source: Admin consent on the Microsoft identity platform
 */
export function askAdminConsent(core: OAuthCore, request: Request): Response {
  const url = new URL(request.url);
  const query = url.searchParams;
  const authority = findAuthority(core, decodeURIComponent(url.pathname.split('/')[1] ?? ''));
  if (authority === undefined || authority === 'common' || authority === 'consumers') {
    return renderAadsts(core.world, { code: 90002 });
  }
  const client = core.findClient('outlook', query.get('client_id'));
  if (!client) return renderAadsts(core.world, { code: 700016 });
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!client.redirectUris.includes(redirectUri)) return renderAadsts(core.world, { code: 50011 });
  const { scopes } = parseScopes(query.get('scope') ?? '');

  const session = openSession(core, request);
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
  return renderPage({
    brand: 'Microsoft',
    title: 'Permissions requested: review for your organization',
    body: `<p>${escape(client.name)} would like to, for every user of the organization:</p>
<form method="post" action="${pathOf(authority)}">
<input type="hidden" name="consent_id" value="${flowId}">
${renderPermissions(scopes.map((scope) => ({ scope, text: describePermission(scope), isOptional: false })))}
<div class="actions">
<button name="answer" value="cancel">Cancel</button>
<button class="main" name="answer" value="accept">Accept</button>
</div>
</form>`,
    formTarget: new URL(redirectUri).origin,
    headers: session.isNew ? { 'set-cookie': makeSessionCookie(session.id) } : {},
  });
}

export async function answerAdminConsent(core: OAuthCore, request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const flowId = form.get('consent_id') ?? '';
  const flow = core.state.flows.get(flowId);
  if (!flow || flow.sessionId !== findSessionId(request)) {
    return renderAadsts(core.world, { code: 9002313, detail: 'This page has expired.' });
  }
  core.state.flows.delete(flowId);
  const query = new URLSearchParams(flow.query);
  const redirectUri = query.get('redirect_uri') ?? '';
  const clientId = query.get('client_id') ?? '';
  if (form.get('answer') !== 'accept') {
    return redirectTo(
      addParameters(redirectUri, {
        admin_consent: 'True',
        error: 'consent_required',
        error_description: textOf({ code: 65004 }),
        state: query.get('state'),
      }),
    );
  }
  const tenantId = findConsentingTenant(core, flow.authority);
  const tenants = core.state.adminConsents.get(clientId) ?? [];
  core.state.adminConsents.set(clientId, [...new Set([...tenants, tenantId])]);
  for (const account of core.world.accounts) {
    const key = `outlook ${account.id}`;
    const isWaiting = ['90094', '90095'].includes(core.state.conditions.get(key) ?? '');
    if (account.tenantId === tenantId && isWaiting) core.state.conditions.delete(key);
  }
  const scope = parseScopes(query.get('scope') ?? '').scopes.join(' ');
  return redirectTo(
    addParameters(redirectUri, {
      admin_consent: 'True',
      tenant: tenantId,
      scope,
      state: query.get('state'),
    }),
  );
}

/** `organizations` is the administrator's own tenant: here the first there is. */
function findConsentingTenant(core: OAuthCore, authority: string): string {
  if (authority !== 'organizations') return authority;
  const worker = core.world.accounts.find(
    ({ provider, kind }) => provider === 'outlook' && kind === 'work',
  );
  return worker?.tenantId ?? '';
}
