import type { OAuthCore } from '../oauth.ts';
import { findAuthorityError } from './authority.ts';
import type { Aadsts } from './errors.ts';
import { parseScopes } from './scopes.ts';

/** Codes that go back to the application, since the address is known to be its own by then. */
const REDIRECTED = new Set([70011, 50147, 501491, 90005, 9002313, 900144]);

export const isRedirectable = ({ code }: Aadsts) => REDIRECTED.has(code);

/** What is wrong with an authorization request, the address of the application first. */
export function findRequestError(
  core: OAuthCore,
  query: URLSearchParams,
  authority: string,
): Aadsts | undefined {
  const clientId = query.get('client_id');
  const client = core.findClient('outlook', clientId);
  if (!clientId) return pageOnly({ code: 900144, detail: "'client_id'." });
  if (!client) return { code: 700016, detail: `Application '${clientId}'.` };
  const redirectUri = query.get('redirect_uri');
  if (!redirectUri) return { code: 900971 };
  if (!client.redirectUris.includes(redirectUri)) {
    return { code: 50011, detail: `The redirect URI was '${redirectUri}'.` };
  }
  return findAuthorityError(client, authority) ?? findParameterError(query);
}

/** A missing client leaves no address to go back to. */
const pageOnly = (aadsts: Aadsts): Aadsts => ({ ...aadsts, code: 90014 });

function findParameterError(query: URLSearchParams): Aadsts | undefined {
  const responseType = query.get('response_type');
  if (!responseType) return { code: 900144, detail: "'response_type'." };
  if (responseType !== 'code') {
    return {
      code: 9002313,
      error: 'unsupported_response_type',
      detail: 'Only the code flow is played.',
    };
  }
  const scope = query.get('scope');
  if (!scope) return { code: 900144, detail: "'scope'." };
  const { unknown, isMixedDefault } = parseScopes(scope);
  if (unknown.length > 0) {
    return { code: 70011, detail: `The scope ${unknown.join(' ')} is not valid.` };
  }
  if (isMixedDefault) {
    return {
      code: 70011,
      detail: ".default scope can't be combined with resource-specific scopes.",
    };
  }
  const prompt = query.get('prompt');
  if (prompt !== null && !['login', 'none', 'consent', 'select_account'].includes(prompt)) {
    return { code: 9002313, detail: `Unsupported prompt value '${prompt}'.` };
  }
  if (prompt === 'select_account' && query.get('login_hint')) return { code: 90005 };
  const mode = query.get('response_mode');
  if (mode !== null && !['query', 'fragment', 'form_post'].includes(mode)) {
    return { code: 9002313, detail: `Unsupported response_mode '${mode}'.` };
  }
  return findChallengeError(query);
}

function findChallengeError(query: URLSearchParams): Aadsts | undefined {
  const challenge = query.get('code_challenge');
  const method = query.get('code_challenge_method');
  if (challenge === null) return method === null ? undefined : { code: 50147 };
  if (method !== null && method !== 'S256' && method !== 'plain') {
    return { code: 9002313, detail: `Unsupported code_challenge_method '${method}'.` };
  }
  return /^[\w.~-]{43,128}$/.test(challenge) ? undefined : { code: 501491 };
}
