import { addParameters, findSessionId, redirectTo, rememberAccount } from '../oauth.ts';
import type { OAuthCore } from '../oauth.ts';
import { chooseGoogleAccount, renderRefusal } from './authorize.ts';
import { allowedScopes, finishConsent, readQuestion } from './consent.ts';

/** A consent page left open longer than this has to be begun again, in milliseconds. */
const FLOW_LIFETIME_MS = 60 * 60 * 1000;

/**
 * Takes what the person answered on either page. Only the browser that was shown the page has both
 * its cookie and its one-time id.
 */
export async function answerGoogleConsent(core: OAuthCore, request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const flowId = form.get('consent_id') ?? '';
  const flow = core.state.flows.get(flowId);
  const isOurs = flow?.provider === 'google' && flow.sessionId === findSessionId(request);
  if (!isOurs || core.world.runtime.now() - flow.createdAt > FLOW_LIFETIME_MS) {
    return renderRefusal(['invalid_request', 400, 'This page has expired. Begin again.']);
  }

  const question = readQuestion(core, new URLSearchParams(flow.query));
  if (form.get('answer') === 'cancel') {
    core.state.flows.delete(flowId);
    return redirectTo(refuse(question));
  }
  const chosen = core.world.findAccount('google', flow.accountId ?? form.get('account') ?? '');
  if (!chosen) return renderRefusal(['invalid_request', 400, 'No such account.']);
  rememberAccount(core, flow.sessionId, chosen);
  if (flow.accountId === null) return chooseGoogleAccount(core, flowId, question, chosen);

  core.state.flows.delete(flowId);
  const isGranular = form.get('is_granular') === 'true';
  const scopes = isGranular ? allowedScopes(question, form.getAll('scope')) : question.scopes;
  if (scopes.length === 0) return redirectTo(refuse(question));
  // Signing in again is what a session-control policy asks for.
  core.state.conditions.delete(`google ${chosen.id}`);
  return redirectTo(finishConsent(core, question, chosen, scopes, true));
}

const refuse = ({ redirectUri, state }: { redirectUri: string; state: string | null }) =>
  addParameters(redirectUri, { error: 'access_denied', state });
