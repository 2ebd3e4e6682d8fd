import { findSessionId, rememberAccount } from '../oauth.ts';
import type { OAuthCore } from '../oauth.ts';
import { isAdmitted } from './authority.ts';
import { chooseMicrosoftAccount } from './authorize.ts';
import { finishConsent, readQuestion, refuseApplication } from './consent.ts';
import { renderAadsts } from './errors.ts';

/** A consent page left open longer than this has to be begun again, in milliseconds. */
const FLOW_LIFETIME_MS = 60 * 60 * 1000;

/**
 * Takes what the person answered on any of the pages. Only the browser that was shown the page has
 * both its cookie and its one-time id.
 */
export async function answerMicrosoftConsent(core: OAuthCore, request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const flowId = form.get('consent_id') ?? '';
  const flow = core.state.flows.get(flowId);
  const isOurs = flow?.provider === 'outlook' && flow.sessionId === findSessionId(request);
  if (!isOurs || core.world.runtime.now() - flow.createdAt > FLOW_LIFETIME_MS) {
    return renderAadsts(core.world, { code: 9002313, detail: 'This page has expired.' });
  }

  const question = readQuestion(core, new URLSearchParams(flow.query), flow.authority);
  const answer = form.get('answer');
  if (answer === 'cancel' || answer === 'needs-admin') {
    core.state.flows.delete(flowId);
    const aadsts = answer === 'cancel' ? { code: 65004 } : { code: 90094 };
    return refuseApplication(question, aadsts);
  }
  const chosen = core.world.findAccount('outlook', flow.accountId ?? form.get('account') ?? '');
  if (!chosen || !isAdmitted(chosen, flow.authority)) {
    return renderAadsts(core.world, { code: 50034 });
  }
  rememberAccount(core, flow.sessionId, chosen);
  if (flow.accountId === null) return chooseMicrosoftAccount(core, flowId, question, chosen);

  core.state.flows.delete(flowId);
  // Signing in and consenting is what the recoverable conditions ask for.
  core.state.conditions.delete(`outlook ${chosen.id}`);
  return finishConsent(core, question, chosen);
}
