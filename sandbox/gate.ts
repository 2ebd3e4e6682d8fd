import { passBatch } from './batch-faults.ts';
import { describePath } from './call-shape.ts';
import { playFault } from './fault-effects.ts';
import type { CallShape, Faults } from './faults.ts';
import { findBearerToken } from './oauth/oauth.ts';
import type { OAuthCore } from './oauth/oauth.ts';
import type { OAuthMatch } from './oauth/routes.ts';
import type { ProviderName, ProviderSandbox, World } from './world.ts';

/** One call at a provider's API, with its bodies, for those who check them against a schema. */
export interface Exchange {
  provider: ProviderName;
  /** As in the call record. */
  operation: string;
  method: string;
  /** Path and query, without origin. */
  url: string;
  requestBody: string;
  status: number;
  responseBody: string;
}

/** What stands between the outside and the providers. */
export interface Gate {
  world: World;
  oauth: OAuthCore;
  faults: Faults;
  onExchange: ((exchange: Exchange) => void) | undefined;
}

/** Lets a call through to a provider's API, unless a fault comes in between. */
export async function passApiCall(
  gate: Gate,
  provider: ProviderName,
  api: ProviderSandbox,
  request: Request,
): Promise<Response> {
  const { oauth, faults, world } = gate;
  const { pathname, search } = new URL(request.url);
  const token = findBearerToken(request);
  const serve = (served: Request = request) => {
    const caller = oauth.findCaller(provider, token);
    const observers = gate.onExchange ? [gate.onExchange, ...observersOfAll] : [...observersOfAll];
    if (observers.length === 0) return api.fetch(served, caller);
    return observe(observers, provider, served, (copy) => api.fetch(copy, caller));
  };
  if (faults.isEmpty()) return serve();

  const caller = oauth.findCaller(provider, token);
  const describe = (method: string, url: string): CallShape => {
    const path = url.split('?')[0] ?? url;
    const { operation, calendarId } = describePath(provider, method, path);
    const accountId = caller?.account.id ?? null;
    const accountEmail = caller?.account.email ?? null;
    return {
      provider,
      operation,
      method,
      url,
      accountId,
      accountEmail,
      calendarId,
      channelId: null,
    };
  };
  const clientId = caller?.clientId ?? null;
  const call = describe(request.method, pathname + search);
  const effect = faults.draw(call);
  if (!effect && call.operation === 'batch') {
    return passBatch(provider, {
      request,
      draw: ({ method, url }) => faults.draw(describe(method, url)),
      note: ({ method, url }, status) => noteUnseen(world, describe(method, url), clientId, status),
      serve,
      now: () => world.runtime.now(),
    });
  }
  if (!effect) return serve();
  return playFault(effect, {
    provider,
    runtime: world.runtime,
    serve,
    expireToken: () => token !== null && oauth.state.accessTokens.delete(token),
    note: (status) => noteUnseen(world, call, clientId, status),
  });
}

/** A call that a fault kept from the provider is in the record all the same. */
function noteUnseen(world: World, call: CallShape, clientId: string | null, status: number): void {
  const { provider, operation, method, url, accountId, calendarId } = call;
  const quotaUnits = provider === 'google' && method === 'PATCH' ? 3 : 1;
  const where = { accountId, clientId, calendarId, eventId: null };
  world.record({ provider, operation, method, url, ...where, status, quotaUnits });
}

type Observer = (exchange: Exchange) => void;
const observersOfAll = new Set<Observer>();

/** Shows every exchange of every sandbox in this process to `observer`, for as long as it lives. */
export function observeEverySandbox(observer: Observer): void {
  observersOfAll.add(observer);
}

async function observe(
  observers: readonly Observer[],
  provider: ProviderName,
  request: Request,
  serve: (request: Request) => Promise<Response>,
): Promise<Response> {
  const { method, headers, url } = request;
  const requestBody = await request.text();
  const copy = new Request(url, { method, headers, ...(requestBody ? { body: requestBody } : {}) });
  const response = await serve(copy);
  const responseBody = await response.clone().text();
  const { pathname, search } = new URL(url);
  const { operation } = describePath(provider, method, pathname);
  const exchange = {
    provider,
    operation,
    method,
    url: pathname + search,
    requestBody,
    status: response.status,
    responseBody,
  };
  for (const observer of observers) observer(exchange);
  return response;
}

/** Lets a call through to an authorization server, unless a fault comes in between. */
export async function passOAuthCall(
  gate: Gate,
  { provider, operation, answer }: OAuthMatch,
  request: Request,
): Promise<Response> {
  const { oauth, world, faults } = gate;
  const body = request.method === 'POST' ? await request.text() : '';
  const copy = rebuild(request, body);
  const who = identify(oauth, request, new URLSearchParams(body));
  const call: CallShape = {
    provider,
    operation,
    method: request.method,
    // Queries hold states and codes, which nobody needs in a record that people look at.
    url: new URL(request.url).pathname + who.grantType,
    accountId: who.accountId,
    accountEmail: null,
    calendarId: null,
    channelId: null,
  };
  const note = (status: number) =>
    world.record({
      provider,
      operation,
      method: request.method,
      url: call.url,
      accountId: who.accountId,
      clientId: who.clientId,
      calendarId: null,
      eventId: null,
      status,
      quotaUnits: 0,
    });
  const serve = async () => {
    const response = await answer(oauth, copy);
    note(response.status);
    return response;
  };
  const effect = faults.isEmpty() ? undefined : faults.draw(call);
  if (!effect) return serve();
  const expireToken = () => {};
  return playFault(effect, { provider, runtime: world.runtime, serve, expireToken, note });
}

function rebuild(request: Request, body: string): Request {
  if (request.method !== 'POST') return request;
  const { method, headers, url } = request;
  return new Request(url, { method, headers, body });
}

/** Whose grant an authorization call is about, as far as the sandbox can tell. */
function identify(
  { state }: OAuthCore,
  request: Request,
  form: URLSearchParams,
): { accountId: string | null; clientId: string | null; grantType: string } {
  const { searchParams } = new URL(request.url);
  const token = form.get('refresh_token') ?? form.get('token') ?? searchParams.get('token') ?? '';
  const known =
    state.refreshTokens.get(token) ??
    state.accessTokens.get(token) ??
    state.accessTokens.get(findBearerToken(request) ?? '') ??
    state.codes.get(form.get('code') ?? '');
  const grantType = form.get('grant_type');
  const isKnownGrant = grantType === 'authorization_code' || grantType === 'refresh_token';
  return {
    accountId: known?.accountId ?? null,
    clientId: known?.clientId ?? form.get('client_id') ?? searchParams.get('client_id'),
    // Not in the real address: it tells a refresh from a first exchange in the record.
    grantType: isKnownGrant ? `?grant_type=${grantType}` : '',
  };
}
