import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { finishConnect, hashState, startConnect } from '../../jobs/connect.ts';
import {
  consumeOauthState,
  findOauthState,
  type OauthStateRow,
  type Return,
} from '../../store/oauth-states.ts';
import { findConnection } from '../../store/connections.ts';
import { inTenant } from '../../store/tenant.ts';
import { type Caller, optionalUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import type { CallbackResult } from '../schemas/connections.ts';
import { problemSchema } from '../schemas/problem.ts';
import { providerNames, type ProviderSlug, redirectUriOf } from './connect.ts';

/** Longer than any code, state or description of the two providers. */
const PARAMETER_LENGTH_MAX = 4096;

/** Where the consent ends: every way of failing is a sentence on the settings page. */
type Ending = { result: CallbackResult; missing?: string[] } | { goOn: URL };

/** The providers' way back to us. Always 303, and only a whole success stores anything. */
export function registerCallbackRoutes(app: App, context: AppContext): void {
  for (const provider of ['google', 'outlook'] as const) {
    app.route({
      method: 'GET',
      url: `/api/calendar/${provider}/callback`,
      // A HEAD request would use up the state.
      exposeHeadRoute: false,
      config: { access: 'optional' },
      schema: {
        summary: 'Where the provider sends the browser back to',
        response: { 303: Type.Null(), default: problemSchema },
      },
      async handler(request, reply) {
        return sendBack(reply, provider, await endConsent(context, provider, request));
      },
      // Also what fails before the handler (a session that cannot be read) ends on our page.
      errorHandler(error, request, reply) {
        logFailure(context, provider, request, error);
        return sendBack(reply, provider, { result: 'failed' });
      },
    });
  }
}

function sendBack(reply: FastifyReply, provider: ProviderSlug, ending: Ending): FastifyReply {
  return reply
    .code(303)
    .header('location', addressOf(provider, ending))
    .header('cache-control', 'no-store')
    .send(null);
}

function logFailure(
  { log }: AppContext,
  provider: ProviderSlug,
  request: FastifyRequest,
  error: unknown,
): void {
  const name = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
  log.error({ requestId: request.id, provider, error: name }, 'a callback failed');
}

/** Our own page and nothing else, whatever the request asked for. */
function addressOf(provider: ProviderSlug, ending: Ending): string {
  if ('goOn' in ending) return ending.goOn.href;
  const query = new URLSearchParams({ result: ending.result, provider });
  if (ending.missing) query.set('missing', ending.missing.join('; '));
  return `/settings/calendars?${query.toString()}`;
}

async function endConsent(
  context: AppContext,
  provider: ProviderSlug,
  request: FastifyRequest,
): Promise<Ending> {
  const caller = optionalUser(request);
  if (!caller) return { result: 'signed-out' };
  try {
    return await takeAnswer(context, provider, caller, readParameters(request));
  } catch (error) {
    logFailure(context, provider, request, error);
    return { result: 'failed' };
  }
}

async function takeAnswer(
  context: AppContext,
  slug: ProviderSlug,
  caller: Caller,
  answer: ReadonlyMap<string, string>,
): Promise<Ending> {
  // Used up before anything else, so that an answer sent twice makes one token request at most.
  const flow = await consumeState(context, slug, caller, answer.get('state'));
  if (typeof flow === 'string') return { result: flow };

  const provider = context.providers.get(flow.provider);
  if (!provider) return { result: 'misconfigured' };
  if (!isFrom(context, slug, answer.get('iss'))) return { result: 'failed' };
  const error = answer.get('error');
  if (error !== undefined) return { result: resultOfError(error, answer) };
  const code = answer.get('code');
  if (code === undefined) return { result: 'failed' };

  const redirectUri = redirectUriOf(context, slug);
  const outcome = await finishConnect(context, provider, flow, { code, redirectUri });
  if (outcome.result !== 'consent-again') return outcome;
  const reconnect = await findReconnect(context, flow);
  const request = { ...caller, provider, redirectUri, reconnect, forceConsent: true };
  return { goOn: await startConnect(context, request) };
}

/** The state's row, from now on used; or why it cannot be. */
async function consumeState(
  { store, runtime }: AppContext,
  slug: ProviderSlug,
  caller: Caller,
  state: string | undefined,
): Promise<OauthStateRow | CallbackResult> {
  if (state === undefined) return 'wrong-session';
  const given: Return = {
    ...caller,
    stateHash: hashState(state),
    provider: providerNames[slug],
    now: new Date(runtime.now()),
  };
  return inTenant(store, caller, async (tx) => {
    const flow = await consumeOauthState(tx, given);
    return flow ?? explain(await findOauthState(tx, given.stateHash), given);
  });
}

/** A state of another tenant is not seen from here, and looks like one that never was. */
function explain(row: OauthStateRow | undefined, given: Return): CallbackResult {
  if (!row || row.user_id !== given.userId || row.session_hash !== given.sessionHash) {
    return 'wrong-session';
  }
  if (row.provider !== given.provider) return 'failed';
  return row.used_at === null ? 'expired' : 'replayed';
}

/** RFC 9207: who answers says so, where the provider does that. Against mix-up. */
function isFrom({ config }: AppContext, slug: ProviderSlug, iss: string | undefined): boolean {
  if (iss === undefined) return true;
  const [before = '', after] = (config[slug]?.issuer ?? '').split('{tenantid}');
  if (after === undefined) return iss === before;
  const tenant = iss.slice(before.length, iss.length - after.length);
  return iss === `${before}${tenant}${after}` && /^[0-9a-f-]{36}$/i.test(tenant);
}

/** Microsoft's numbers for "an administrator has to allow this": consent, policy, assignment. */
const ADMIN_CODES = /AADSTS(90094|90095|900941|50105|5300[0-4]|530032)\b/;

const errorResults: Record<string, CallbackResult> = {
  access_denied: 'denied',
  admin_policy_enforced: 'admin-approval-needed',
  consent_required: 'admin-approval-needed',
  server_error: 'provider-down',
  temporarily_unavailable: 'provider-down',
  invalid_client: 'misconfigured',
  invalid_request: 'misconfigured',
  invalid_resource: 'misconfigured',
  invalid_scope: 'misconfigured',
  unauthorized_client: 'misconfigured',
  unsupported_response_type: 'misconfigured',
};

function resultOfError(error: string, answer: ReadonlyMap<string, string>): CallbackResult {
  if (ADMIN_CODES.test(answer.get('error_description') ?? '')) return 'admin-approval-needed';
  return Object.hasOwn(errorResults, error) ? (errorResults[error] ?? 'failed') : 'failed';
}

async function findReconnect({ store }: AppContext, { tenant_id, connection_id }: OauthStateRow) {
  if (connection_id === null) return null;
  const row = await inTenant(store, { tenantId: tenant_id }, (tx) =>
    findConnection(tx, connection_id),
  );
  return row ?? null;
}

/** By hand, since also a garbled answer ends on our page: what is doubled or too long is not there. */
function readParameters(request: FastifyRequest): ReadonlyMap<string, string> {
  const query = (request.query ?? {}) as Record<string, unknown>;
  const isFit = (entry: [string, unknown]): entry is [string, string] =>
    typeof entry[1] === 'string' && entry[1] !== '' && entry[1].length <= PARAMETER_LENGTH_MAX;
  return new Map(Object.entries(query).filter(isFit));
}
