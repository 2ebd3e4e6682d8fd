import { createHash, randomBytes } from 'node:crypto';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';
import type { EventFields, When } from '../../src/calendar/event.ts';
import type { LinkId } from '../../src/calendar/ids.ts';
import { parseRecurrence } from '../../src/calendar/recurrence.ts';
import { type ProviderConfig, readConfig } from '../../src/config.ts';
import { createGoogleProvider } from '../../src/providers/google/provider.ts';
import { createOutlookProvider } from '../../src/providers/outlook/provider.ts';
import type { CalendarCall, Provider } from '../../src/providers/provider.ts';
import type { HttpRequest, HttpResponse, Runtime } from '../../src/runtime.ts';
import { createSandboxRuntime } from '../support/sandbox-runtime.ts';

/** A provider that the contract holds, and what tests must know of it to look behind its back. */
export interface Subject {
  name: 'google' | 'outlook';
  config: ProviderConfig;
  create(config: ProviderConfig, runtime: Runtime): Provider;
  email: string;
  accountId: string;
  /** Below the API root. */
  eventsPath(calendarId: string): string;
  /** A member that the product does not model, as the API writes it. */
  foreignMember: Record<string, unknown>;
}

const config = readConfig({});
if (!config.google || !config.outlook) throw new Error('the sandbox configures both');

export const subjects: readonly Subject[] = [
  {
    name: 'google',
    config: config.google,
    create: createGoogleProvider,
    email: 'anna@northwind.sandbox',
    accountId: '117360284915503728461',
    eventsPath: (calendarId) => `/calendars/${encodeURIComponent(calendarId)}/events`,
    foreignMember: { colorId: '7' },
  },
  {
    name: 'outlook',
    config: config.outlook,
    create: createOutlookProvider,
    email: 'anna@northwind.onmicrosoft.sandbox',
    accountId: '5f0c8d1e-3b7a-4c92-9d46-0a6e8b71c2f3.8d2f4a60-51c7-4e0b-a3f9-6b1e7c90d542',
    eventsPath: (calendarId) => `/me/calendars/${encodeURIComponent(calendarId)}/events`,
    foreignMember: { categories: ['Red category'] },
  },
];

export interface Desk {
  sandbox: Sandbox;
  provider: Provider;
  runtime: Runtime;
  call: CalendarCall;
  newLinkId(): LinkId;
  /** Speaks to the API as somebody else's program would. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json }>;
}
type Json = Record<string, unknown>;

/** A sandbox with one connected person and their main calendar. */
export async function openDesk(
  subject: Subject,
  options: { sandbox?: SandboxOptions; runtime?: Partial<Runtime> } = {},
): Promise<Desk> {
  const sandbox = createSandbox(options.sandbox);
  const runtime = createSandboxRuntime(sandbox, options.runtime);
  const provider = subject.create(subject.config, runtime);
  const accessToken = sandbox.issueToken({ provider: subject.name, email: subject.email });
  const quiet = subject.create(subject.config, createSandboxRuntime(sandbox));
  const calendars = await quiet.listCalendars(accessToken);
  const calendarId = calendars.find((calendar) => calendar.isPrimary)?.externalId ?? '';
  return {
    sandbox,
    provider,
    runtime,
    call: { accessToken, calendarId },
    newLinkId: () => runtime.newId() as LinkId,
    async ask(method, path, body) {
      const response = await sandbox.fetch(
        new Request(subject.config.apiUrl + path, {
          method,
          headers: {
            authorization: `Bearer ${accessToken}`,
            prefer: 'IdType="ImmutableId"',
            'content-type': 'application/json',
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
      );
      const text = await response.text();
      return { status: response.status, json: text ? (JSON.parse(text) as Json) : {} };
    },
  };
}

/** A provider in front of answers that a test makes up. */
export function answering(
  subject: Subject,
  answer: (request: HttpRequest, count: number) => Partial<HttpResponse>,
  overrides: Partial<Runtime> = {},
): { provider: Provider; requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  const runtime = createSandboxRuntime(createSandbox(), {
    send: (request) => {
      requests.push(request);
      const made = answer(request, requests.length);
      return Promise.resolve({ status: 200, headers: {}, body: '', ...made });
    },
    ...overrides,
  });
  return { provider: subject.create(subject.config, runtime), requests };
}

export const json = (body: unknown, status = 200): Partial<HttpResponse> => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

export const lunch: EventFields = {
  title: 'Lunch with Ada',
  description: 'Bring the offer.',
  location: 'Café Einstein, Berlin',
  when: {
    kind: 'timed',
    start: '2026-12-01T12:00:00',
    end: '2026-12-01T13:00:00',
    timeZone: 'Europe/Berlin',
  },
  recurrence: null,
  visibility: 'default',
  showAs: 'busy',
  attendees: [],
};

/** An event that recurs as RFC 5545 lines say. */
export const series = (lines: string[], when: When = lunch.when): EventFields => ({
  ...lunch,
  title: 'Again',
  when,
  recurrence: parseRecurrence(lines, when),
});
/** Five Tuesdays: 1, 8, 15, 22 and 29 December 2026, at noon in Berlin. */
export const tuesdays = series(['RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=5']);

/** As most tests write: nobody is told. */
export const silently = { notify: false };

export const holiday: When = {
  kind: 'all-day',
  startDate: '2026-12-24',
  endDate: '2026-12-27',
};

/** One run of the consent pages, ready for the exchange. */
export interface Visit {
  redirectUri: string;
  codeVerifier: string;
  nonce: string;
  authorizeUrl: URL;
}

export function planVisit(subject: Subject, provider: Provider): Visit {
  const redirectUri = `http://127.0.0.1:4700/api/calendar/${subject.name}/callback`;
  const codeVerifier = randomBytes(32).toString('base64url');
  const nonce = randomBytes(16).toString('base64url');
  const authorizeUrl = provider.buildAuthorizeUrl({
    redirectUri,
    state: 'state-of-the-session',
    nonce,
    codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    loginHint: null,
    forceConsent: false,
  });
  return { redirectUri, codeVerifier, nonce, authorizeUrl };
}

/** Consents as the person does; answers the code that came back. */
export async function consent(
  sandbox: Sandbox,
  subject: Subject,
  { authorizeUrl }: Visit,
  answer: { untick?: string[] } = {},
): Promise<string> {
  const back = await sandbox.consent(authorizeUrl.href, { email: subject.email, ...answer });
  return new URL(back).searchParams.get('code') ?? '';
}
