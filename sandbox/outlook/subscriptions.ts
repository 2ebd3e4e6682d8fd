import { ok, type Answer, type Call } from './call.ts';
import { isAlive } from './followers.ts';
import { GraphError, itemNotFound } from './graph-error.ts';
import { randomUuid } from './ids.ts';
import { isAbsent, readObject, readString, type JsonObject } from './json.ts';
import { scheduleReauthorization } from './lifecycle.ts';
import { readRich } from './rich-notifications.ts';
import { requireScope } from './scopes.ts';
import type { Subscription } from './state.ts';
import { defaultCalendar, getCalendar } from './store.ts';
import { validateEndpoint } from './validation.ts';
import { formatInstant, parseInstant } from './wall-clock.ts';

/** Source: change-notifications-overview. */
const LIFETIME_MAX_MINUTES = 10_080;
const RICH_LIFETIME_MAX_MINUTES = 1_440;
const LIFETIME_MIN_MINUTES = 45;
const PER_MAILBOX_MAX = 1_000;
const CLIENT_STATE_MAX = 128;
const changeTypes = ['created', 'updated', 'deleted'];

/** `/subscriptions` and below: an app sees those that it made for this user. */
export async function answerSubscriptions(call: Call, [id, action]: string[]): Promise<Answer> {
  const { method, log } = call;
  if (id === undefined) {
    log.operation = method === 'GET' ? 'subscriptions.list' : 'subscriptions.create';
    requireScope(call, 'readCalendars');
    if (method === 'POST') return createSubscription(call);
    return ok({ '@odata.context': contextOf(call), value: listMine(call).map(render) });
  }
  log.operation = `subscriptions.${action ?? verbs[method] ?? 'get'}`;
  requireScope(call, 'readCalendars');
  const subscription = getMine(call, id);
  if (action?.toLowerCase() === 'reauthorize') return reauthorize(call, subscription);
  switch (method) {
    case 'GET':
      return ok({ '@odata.context': `${contextOf(call)}/$entity`, ...render(subscription) });
    case 'PATCH':
      return renewSubscription(call, subscription);
    case 'DELETE':
      call.state.subscriptions.delete(subscription.id);
      return { status: 204 };
    default:
      throw new GraphError(405, 'BadRequest', `The method '${method}' is not allowed here.`);
  }
}

const verbs: Record<string, string> = { GET: 'get', PATCH: 'update', DELETE: 'delete' };

const contextOf = (call: Call) => `${call.origin}/${call.version}/$metadata#subscriptions`;

function listMine(call: Call): Subscription[] {
  const { caller, state } = call;
  return [...state.subscriptions.values()].filter(
    (each) =>
      each.clientId === caller.clientId &&
      each.accountId === caller.account.id &&
      isAlive(call, each),
  );
}

function getMine(call: Call, id: string): Subscription {
  const found = listMine(call).find((each) => each.id === id);
  if (found) return found;
  throw new GraphError(404, 'ResourceNotFound', 'The object was not found.');
}

async function createSubscription(call: Call): Promise<Answer> {
  const input = readObject(call.body, 'subscription');
  const subscription = readSubscription(call, input);
  checkLimits(call, subscription);
  await validateEndpoint(call, subscription.notificationUrl);
  const { lifecycleNotificationUrl } = subscription;
  if (lifecycleNotificationUrl !== null) await validateEndpoint(call, lifecycleNotificationUrl);
  call.state.subscriptions.set(subscription.id, subscription);
  scheduleReauthorization(call, subscription);
  const body = { '@odata.context': `${contextOf(call)}/$entity`, ...render(subscription) };
  return { status: 201, body };
}

function readSubscription(call: Call, input: JsonObject): Subscription {
  const { caller, mailbox, world } = call;
  const resource = readString(input.resource, 'resource');
  const rich = readRich(input, resource);
  const changeType = readString(input.changeType, 'changeType');
  const types = changeType.split(',').map((type) => type.trim().toLowerCase());
  if (types.some((type) => !changeTypes.includes(type))) refuse(`Bad changeType '${changeType}'.`);
  const clientState = isAbsent(input.clientState)
    ? null
    : readString(input.clientState, 'clientState');
  if (clientState !== null && clientState.length > CLIENT_STATE_MAX) {
    refuse(`The clientState is longer than ${CLIENT_STATE_MAX} characters.`);
  }
  return {
    id: randomUuid(world.runtime),
    accountId: mailbox.account.id,
    clientId: caller.clientId,
    resource,
    calendarKey: calendarKeyOf(call, resource),
    changeTypes: types,
    changeType,
    notificationUrl: readUrl(input.notificationUrl),
    lifecycleNotificationUrl: isAbsent(input.lifecycleNotificationUrl)
      ? null
      : readUrl(input.lifecycleNotificationUrl),
    clientState,
    latestSupportedTlsVersion: isAbsent(input.latestSupportedTlsVersion)
      ? 'v1_2'
      : readString(input.latestSupportedTlsVersion, 'latestSupportedTlsVersion'),
    isImmutableId: call.prefer.isImmutableId,
    rich,
    createdAt: world.runtime.now(),
    expiresAt: readExpiry(call, input.expirationDateTime, rich),
  };
}

function refuse(message: string): never {
  throw new GraphError(400, 'InvalidRequest', message);
}

/**
 * `me/events` follows the default calendar only; `me/calendars/{id}/events` works though it is
 * undocumented; a single event is refused. Source: docs#6595, #21978.
 */
function calendarKeyOf(call: Call, resource: string): string {
  const path = resource.replace(/^\//, '').replace(/\?.*$/, '').split('/').map(decodeURIComponent);
  const [head = '', ...rest] = path;
  const segments = head.toLowerCase() === 'me' ? rest : ownSegments(call, head, rest);
  const names = segments.map((segment) => segment.toLowerCase());
  if (names.join('/') === 'events' || names.join('/') === 'calendar/events') {
    return defaultCalendar(call.mailbox).key;
  }
  if (names[0] === 'calendars' && names[2] === 'events' && segments.length === 3) {
    return getCalendar(call.mailbox, segments[1] ?? '').key;
  }
  refuse(`Invalid resource '${resource}'.`);
}

function ownSegments(
  { mailbox, world }: Call,
  head: string,
  [who = '', ...rest]: string[],
): string[] {
  if (head.toLowerCase() !== 'users') refuse(`Invalid resource '${head}'.`);
  if (world.findAccount('outlook', who)?.id === mailbox.account.id) return rest;
  throw new GraphError(403, 'ErrorAccessDenied', 'Access is denied to the resource.');
}

/** Anything but https is refused, except on this machine, where a sandbox's application listens. */
function readUrl(input: unknown): string {
  const text = readString(input, 'notificationUrl');
  if (!URL.canParse(text)) refuse('The notification URL is no URL.');
  const { protocol, hostname } = new URL(text);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol !== 'https:' && !isLocal) refuse('The notification URL must use https.');
  return text;
}

/** Too short a life is lengthened, too long a one refused. */
function readExpiry({ world }: Call, input: unknown, rich: Subscription['rich']): number {
  const now = world.runtime.now();
  const maxMinutes = rich ? RICH_LIFETIME_MAX_MINUTES : LIFETIME_MAX_MINUTES;
  const asked = parseInstant(readString(input, 'expirationDateTime'));
  if (asked === undefined) refuse('The expirationDateTime is no date-time.');
  const latest = now + maxMinutes * 60_000;
  if (asked > latest) {
    if (world.getSwitch('outlook.longSubscriptionsAreShortened', false)) return latest;
    refuse(`Subscription expiration can only be ${maxMinutes} minutes in the future.`);
  }
  return Math.max(asked, now + LIFETIME_MIN_MINUTES * 60_000);
}

function checkLimits(call: Call, wanted: Subscription): void {
  const key = ({ resource, changeTypes: types }: Subscription) =>
    `${resource.replace(/^\//, '').toLowerCase()} ${types.toSorted().join()}`;
  const twin = listMine(call).find((each) => key(each) === key(wanted));
  if (twin) {
    throw new GraphError(
      409,
      'Conflict',
      `Subscription Id <${twin.id}> already exists for the requested combination`,
    );
  }
  const inMailbox = [...call.state.subscriptions.values()].filter(
    (each) => each.accountId === wanted.accountId && isAlive(call, each),
  );
  if (inMailbox.length >= PER_MAILBOX_MAX) {
    throw new GraphError(
      403,
      'Forbidden',
      `The mailbox has reached its limit of ${PER_MAILBOX_MAX} subscriptions.`,
    );
  }
}

/** Source: change-notifications-lifecycle-events: a renewal reauthorizes too, so not both. */
const BETWEEN_MS = 10 * 60_000;

function checkApart({ world }: Call, otherAt: number | undefined): void {
  if (otherAt === undefined || world.runtime.now() - otherAt >= BETWEEN_MS) return;
  refuse('A subscription cannot be renewed and reauthorized within ten minutes.');
}

function reauthorize(call: Call, subscription: Subscription): Answer {
  checkApart(call, subscription.renewedAt);
  subscription.reauthorizedAt = call.world.runtime.now();
  return { status: 204 };
}

async function renewSubscription(call: Call, subscription: Subscription): Promise<Answer> {
  checkApart(call, subscription.reauthorizedAt);
  const input = readObject(call.body, 'subscription');
  if (!isAbsent(input.lifecycleNotificationUrl)) {
    refuse('The lifecycleNotificationUrl cannot be changed.');
  }
  const expiresAt = isAbsent(input.expirationDateTime)
    ? subscription.expiresAt
    : readExpiry(call, input.expirationDateTime, subscription.rich);
  if (!isAbsent(input.notificationUrl)) {
    const url = readUrl(input.notificationUrl);
    await validateEndpoint(call, url);
    subscription.notificationUrl = url;
  }
  if (!call.state.subscriptions.has(subscription.id)) throw itemNotFound();
  subscription.expiresAt = expiresAt;
  subscription.renewedAt = call.world.runtime.now();
  scheduleReauthorization(call, subscription);
  return ok({ '@odata.context': `${contextOf(call)}/$entity`, ...render(subscription) });
}

function render(subscription: Subscription): JsonObject {
  return {
    id: subscription.id,
    resource: subscription.resource,
    applicationId: subscription.clientId,
    changeType: subscription.changeType,
    clientState: subscription.clientState,
    notificationUrl: subscription.notificationUrl,
    lifecycleNotificationUrl: subscription.lifecycleNotificationUrl,
    expirationDateTime: formatInstant(subscription.expiresAt),
    creatorId: subscription.accountId,
    includeResourceData: subscription.rich ? true : null,
    latestSupportedTlsVersion: subscription.latestSupportedTlsVersion,
    encryptionCertificate: null,
    encryptionCertificateId: subscription.rich?.certificateId ?? null,
    notificationQueryOptions: null,
    notificationUrlAppId: null,
  };
}
