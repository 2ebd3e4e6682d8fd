import { describe, expect, test } from 'vitest';
import type { ProviderError, ProviderErrorKind } from '../../src/providers/provider-error.ts';
import type { HttpResponse } from '../../src/runtime.ts';
import { NetworkError } from '../../src/runtime.ts';
import { answering, json, lunch, planVisit, type Subject, subjects, silently } from './subjects.ts';

const call = { accessToken: 'canary-token', calendarId: 'calendar' };
const linkId = '0b7e6f5a-93c1-4d2e-8f00-1a2b3c4d5e6f' as never;

/** The error of a call about an event, and of one about its calendar. */
async function refuse(
  subject: Subject,
  about: 'event' | 'calendar',
  answer: Partial<HttpResponse>,
) {
  // After a missing event the calendar is looked at: that answer is always good.
  const { provider } = answering(subject, (_, count) => (count === 1 ? answer : json({})));
  const asked =
    about === 'event'
      ? provider.updateEvent(call, 'event', '"1"', { title: 'Dinner' }, silently)
      : provider.createEvent(call, linkId, lunch, silently);
  return asked.then(
    () => expect.fail('it was not refused'),
    (error: ProviderError) => error,
  );
}

async function refuseTokens(subject: Subject, answer: Partial<HttpResponse>) {
  const { provider } = answering(subject, () => answer);
  return provider.refreshTokens('canary-token').then(
    () => expect.fail('it was not refused'),
    (error: ProviderError) => error,
  );
}

const google = (status: number, reason: string, message = 'words') =>
  json(
    { error: { code: status, message, errors: [{ domain: 'global', reason, message }] } },
    status,
  );
const graph = (status: number, code: string) => json({ error: { code, message: 'words' } }, status);

type Row = [
  status: number,
  word: string,
  onEvent: ProviderErrorKind,
  onCalendar?: ProviderErrorKind,
];

const googleRows: Row[] = [
  [400, 'invalid', 'refused'],
  [400, 'required', 'refused'],
  [400, 'timeRangeEmpty', 'refused'],
  [400, 'forbidden', 'refused'],
  [401, 'authError', 'token-rejected'],
  [403, 'userRateLimitExceeded', 'rate-limited'],
  [403, 'rateLimitExceeded', 'rate-limited'],
  [403, 'quotaExceeded', 'rate-limited'],
  [403, 'dailyLimitExceeded', 'rate-limited'],
  [403, 'insufficientPermissions', 'access-lost'],
  [403, 'requiredAccessLevel', 'access-lost'],
  [403, 'forbidden', 'access-lost'],
  [403, 'notACalendarUser', 'access-lost'],
  [403, 'forbiddenForNonOrganizer', 'refused'],
  [403, 'accessNotConfigured', 'misconfigured'],
  [403, 'never seen before', 'refused', 'access-lost'],
  [404, 'notFound', 'gone', 'access-lost'],
  [409, 'duplicate', 'already-exists'],
  [409, 'conflict', 'changed-meanwhile'],
  [410, 'deleted', 'gone'],
  [410, 'fullSyncRequired', 'sync-token-expired'],
  [410, 'updatedMinTooLongAgo', 'sync-token-expired'],
  [412, 'conditionNotMet', 'changed-meanwhile'],
  [413, 'uploadTooLarge', 'refused'],
  [429, 'rateLimitExceeded', 'rate-limited'],
  [429, 'never seen before', 'rate-limited'],
  [500, 'backendError', 'unavailable'],
  [503, 'rateLimitExceeded', 'unavailable'],
];

const outlookRows: Row[] = [
  [400, 'ErrorInvalidRequest', 'refused'],
  [400, 'ErrorPropertyValidationFailure', 'refused'],
  [400, 'TimeZoneNotSupportedException', 'refused'],
  [400, 'ErrorOccurrenceCrossingBoundary', 'refused'],
  [400, 'ErrorDuplicateTransactionId', 'already-exists'],
  [409, 'ErrorDuplicateTransactionId', 'already-exists'],
  [400, 'ErrorInvalidIdMalformed', 'gone', 'access-lost'],
  [400, 'SyncStateNotFound', 'sync-token-expired'],
  [401, 'InvalidAuthenticationToken', 'token-rejected'],
  [403, 'ErrorAccessDenied', 'access-lost'],
  [403, 'AccessDenied', 'access-lost'],
  [404, 'ErrorItemNotFound', 'gone', 'access-lost'],
  [404, 'MailboxNotEnabledForRESTAPI', 'access-lost'],
  [404, 'ErrorInvalidUser', 'access-lost'],
  [409, 'ErrorIrresolvableConflict', 'changed-meanwhile'],
  [410, 'resyncRequired', 'sync-token-expired'],
  [410, 'syncStateNotFound', 'sync-token-expired'],
  [412, 'ErrorIrresolvableConflict', 'changed-meanwhile'],
  [412, 'never seen before', 'changed-meanwhile'],
  [413, 'RequestEntityTooLarge', 'refused'],
  [424, 'FailedDependency', 'unavailable'],
  [429, 'TooManyRequests', 'rate-limited'],
  [429, 'ApplicationThrottled', 'rate-limited'],
  [500, 'ErrorInternalServerTransientError', 'unavailable'],
  [503, 'ErrorServerBusy', 'unavailable'],
  [504, 'UnknownError', 'unavailable'],
];

describe.each(subjects)('$name: a refusal of the API', (subject) => {
  const [rows, answer] =
    subject.name === 'google' ? ([googleRows, google] as const) : ([outlookRows, graph] as const);

  test.each(rows)('%i %s is %s', async (status, word, onEvent, onCalendar = onEvent) => {
    const error = await refuse(subject, 'event', answer(status, word));
    if (onEvent !== 'gone') expect(error.code).toBe(word);
    expect(error.kind).toBe(onEvent);
    const other = await refuse(subject, 'calendar', answer(status, word));
    expect(other.kind).toBe(onCalendar === 'gone' ? 'gone' : onCalendar);
  });

  test.each<[number, ProviderErrorKind, ProviderErrorKind]>([
    [302, 'malformed-answer', 'malformed-answer'],
    [400, 'refused', 'refused'],
    [401, 'token-rejected', 'token-rejected'],
    [403, 'access-lost', 'access-lost'],
    [404, 'gone', 'access-lost'],
    [408, 'unavailable', 'unavailable'],
    [412, 'changed-meanwhile', 'changed-meanwhile'],
    [418, 'refused', 'refused'],
    [429, 'rate-limited', 'rate-limited'],
    [502, 'unavailable', 'unavailable'],
  ])('%i with a page instead of JSON goes by its status', async (status, onEvent, onCalendar) => {
    const page = { status, body: '<html>rate limit exceeded, not found, invalid_grant</html>' };
    expect((await refuse(subject, 'event', page)).kind).toBe(onEvent);
    expect((await refuse(subject, 'calendar', page)).kind).toBe(onCalendar);
  });

  test('is never read from the words of its message', async () => {
    const words = 'Rate Limit Exceeded, Not Found, invalid_grant, Precondition Failed';
    const bodies = [
      { error: { code: 'x', message: words } },
      { error: { message: words, errors: [{ reason: 'x', message: words }] } },
    ];
    for (const body of bodies) {
      expect((await refuse(subject, 'event', json(body, 400))).kind).toBe('refused');
    }
  });

  test.each([
    ['2', 2000],
    ['0', 0],
    ['1.5', 1500],
    ['Wed, 01 May 2030 00:00:30 GMT', 30_000],
    ['Wed, 01 May 2030 00:00:00 GMT', 0],
    ['Mon, 01 Apr 2030 00:00:00 GMT', 0],
    ['999999999', 24 * 60 * 60 * 1000],
    ['-5', null],
    ['soon', null],
    ['2030-05-01', null],
    ['1e9', null],
    ['', null],
    [undefined, null],
  ])('with Retry-After %j waits %s ms', async (value, expected) => {
    for (const status of [429, 503]) {
      const { provider } = answering(
        subject,
        () => ({ status, headers: { 'retry-after': value }, body: '' }),
        { now: () => Date.UTC(2030, 4, 1) },
      );
      await expect(provider.listCalendars('a')).rejects.toMatchObject({ retryAfterMs: expected });
    }
  });

  test('names no token and no whole body', async () => {
    const noise = 'x'.repeat(5000);
    for (const status of [400, 401, 403, 429, 500]) {
      const error = await refuse(
        subject,
        'event',
        json({ error: { code: 'c', message: noise } }, status),
      );
      expect(error.message).not.toContain('canary-token');
      expect(error.message.length).toBeLessThan(400);
    }
  });
});

describe.each(subjects)('$name: no answer, or a strange one', (subject) => {
  test('that never came leaves the outcome unknown', async () => {
    const { provider } = answering(subject, () => {
      throw new NetworkError('reset');
    });
    const unknown = { kind: 'unavailable' };
    await expect(provider.createEvent(call, linkId, lunch, silently)).rejects.toMatchObject(
      unknown,
    );
    await expect(provider.findEvent(call, 'e')).rejects.toMatchObject(unknown);
    await expect(provider.deleteEvent(call, 'e', 'x', silently)).rejects.toMatchObject(unknown);
    await expect(provider.refreshTokens('r')).rejects.toMatchObject(unknown);
    const visit = planVisit(subject, provider);
    await expect(provider.exchangeCode({ ...visit, code: 'c' })).rejects.toMatchObject(unknown);
  });

  test.each([
    ['nothing', ''],
    ['half of it', '{"id":"one","etag":'],
    ['a page', '<html>Sign in to the airport</html>'],
    ['null', 'null'],
    ['a list', '[]'],
    ['another thing', '{"hello":"world"}'],
    ['wrong types', '{"id":7,"etag":[],"value":{},"items":"none","@odata.etag":1}'],
    ['a prototype', '{"__proto__":{"id":"one"},"items":[{"__proto__":{"id":"x"}}]}'],
    ['depth', '['.repeat(50_000)],
  ])('that holds %s does not pass', async (_what, body) => {
    const { provider } = answering(subject, () => ({ body }));
    const malformed = { kind: 'malformed-answer' };
    await expect(provider.createEvent(call, linkId, lunch, silently)).rejects.toMatchObject(
      malformed,
    );
    await expect(provider.findEvent(call, 'e')).rejects.toMatchObject(malformed);
    await expect(provider.refreshTokens('r')).rejects.toMatchObject(malformed);
  });
});

const token = (status: number, body: unknown) => json(body, status);
type TokenRow = [
  status: number,
  error: string,
  more: object,
  kind: ProviderErrorKind,
  code?: string,
];

const googleTokenRows: TokenRow[] = [
  [
    400,
    'invalid_grant',
    { error_description: 'Token has been expired or revoked.' },
    'connection-revoked',
  ],
  [400, 'invalid_grant', { error_subtype: 'invalid_rapt' }, 'connection-revoked', 'invalid_rapt'],
  [400, 'admin_policy_enforced', {}, 'connection-revoked'],
  [401, 'invalid_client', { error_description: 'Unauthorized' }, 'misconfigured'],
  [400, 'unauthorized_client', {}, 'misconfigured'],
  [400, 'redirect_uri_mismatch', {}, 'misconfigured'],
  [401, 'deleted_client', {}, 'misconfigured'],
  [403, 'org_internal', {}, 'misconfigured'],
  [400, 'unsupported_grant_type', {}, 'misconfigured'],
  [400, 'invalid_request', {}, 'misconfigured'],
  [400, 'never_seen_before', {}, 'misconfigured'],
  [403, 'rate_limit_exceeded', {}, 'rate-limited'],
  [429, 'invalid_grant', {}, 'rate-limited'],
  [500, 'invalid_grant', {}, 'unavailable'],
  [503, 'temporarily_unavailable', {}, 'unavailable'],
];

const aadsts = (...codes: number[]) => ({ error_codes: codes });
const outlookTokenRows: TokenRow[] = [
  [400, 'invalid_grant', aadsts(50173), 'connection-revoked', 'AADSTS50173'],
  [400, 'invalid_grant', aadsts(700082), 'connection-revoked', 'AADSTS700082'],
  [400, 'invalid_grant', aadsts(54005), 'connection-revoked', 'AADSTS54005'],
  [400, 'invalid_grant', aadsts(501481), 'connection-revoked', 'AADSTS501481'],
  [
    400,
    'invalid_grant',
    { ...aadsts(65001), suberror: 'consent_required' },
    'connection-revoked',
    'AADSTS65001',
  ],
  [400, 'invalid_grant', {}, 'connection-revoked'],
  [400, 'interaction_required', aadsts(50076), 'connection-revoked', 'AADSTS50076'],
  [400, 'consent_required', {}, 'connection-revoked'],
  [401, 'invalid_client', aadsts(7000215), 'misconfigured', 'AADSTS7000215'],
  [401, 'invalid_client', aadsts(7000222), 'misconfigured', 'AADSTS7000222'],
  [400, 'unauthorized_client', aadsts(700016), 'misconfigured', 'AADSTS700016'],
  [400, 'invalid_request', aadsts(50011), 'misconfigured', 'AADSTS50011'],
  [400, 'invalid_scope', aadsts(70011), 'misconfigured', 'AADSTS70011'],
  [400, 'unsupported_grant_type', aadsts(70003), 'misconfigured', 'AADSTS70003'],
  [400, 'invalid_request', aadsts(90033), 'unavailable', 'AADSTS90033'],
  [400, 'invalid_grant', aadsts(50196), 'unavailable', 'AADSTS50196'],
  [400, 'temporarily_unavailable', {}, 'unavailable'],
  [429, 'invalid_grant', {}, 'rate-limited'],
  [503, 'server_error', {}, 'unavailable'],
];

describe.each(subjects)('$name: a refusal of the token endpoint', (subject) => {
  const rows = subject.name === 'google' ? googleTokenRows : outlookTokenRows;

  test.each(rows)('%i %s %j is %s', async (status, error, more, kind, code = error) => {
    const refusal = await refuseTokens(subject, token(status, { error, ...more }));
    expect(refusal).toMatchObject({ kind, code });
    expect(refusal.message).not.toContain('canary-token');
  });

  test('without a word that can be read kills no connection', async () => {
    for (const status of [302, 400, 401, 403, 404]) {
      const refusal = await refuseTokens(subject, { status, body: '<html>invalid_grant</html>' });
      expect(refusal.kind).toBe('malformed-answer');
    }
  });
});

test('google: a limit against abuse is waited out for an hour where nothing else is said', async () => {
  const [subject] = subjects;
  if (!subject) throw new Error('no subject');
  const error = await refuse(subject, 'event', google(403, 'quotaExceeded'));
  expect(error.retryAfterMs).toBe(60 * 60 * 1000);
  const usual = await refuse(subject, 'event', google(403, 'rateLimitExceeded'));
  expect(usual.retryAfterMs).toBeNull();
});

test('google: a missing scope in the front end’s words is lost access', async () => {
  const [subject] = subjects;
  if (!subject) throw new Error('no subject');
  const body = {
    error: {
      code: 403,
      status: 'PERMISSION_DENIED',
      details: [{ '@type': 'x', reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }],
    },
  };
  expect((await refuse(subject, 'event', json(body, 403))).kind).toBe('access-lost');
});
