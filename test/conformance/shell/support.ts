import { createSandbox } from '../../../sandbox/sandbox.ts';
import type { Sandbox, SandboxOptions } from '../../../sandbox/sandbox.ts';
import type { ProviderName, Runtime } from '../../../sandbox/world.ts';

export const ORIGIN = 'http://sandbox.test';
export const PEOPLE = {
  google: 'anna@northwind.sandbox',
  outlook: 'anna@northwind.onmicrosoft.sandbox',
} as const;

interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  email?: string;
}

/** One call at a provider's API with a token of its own. */
export function callAs(
  sandbox: Sandbox,
  provider: ProviderName,
  method: string,
  path: string,
  { body, headers, email = PEOPLE[provider] }: CallOptions = {},
): Promise<Response> {
  const token = sandbox.issueToken({ provider, email });
  return sandbox.fetch(
    new Request(ORIGIN + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
}

export const googleEvents = '/calendar/v3/calendars/primary/events';
export const graphEvents = '/v1.0/me/events';

export const meeting = (summary: string) => ({
  summary,
  start: { dateTime: '2026-11-24T10:00:00+01:00', timeZone: 'Europe/Berlin' },
  end: { dateTime: '2026-11-24T11:00:00+01:00', timeZone: 'Europe/Berlin' },
});

export const graphMeeting = (subject: string) => ({
  subject,
  start: { dateTime: '2026-11-24T10:00:00', timeZone: 'Europe/Berlin' },
  end: { dateTime: '2026-11-24T11:00:00', timeZone: 'Europe/Berlin' },
});

/** How many events the calendar really holds. */
export async function countEvents(sandbox: Sandbox, provider: ProviderName): Promise<number> {
  const path = provider === 'google' ? googleEvents : `${graphEvents}?$top=100`;
  const response = await callAs(sandbox, provider, 'GET', path);
  const listing = (await response.json()) as { items?: unknown[]; value?: unknown[] };
  return (listing.items ?? listing.value ?? []).length;
}

/** A sandbox whose time passes only when told, together with what it sends out. */
export function createPlayedSandbox(
  options: SandboxOptions = {},
  answer: (request: Request) => Response | Promise<Response> = () => new Response(null),
) {
  let now = Date.UTC(2026, 10, 23, 9);
  let queue: { at: number; task: () => void | Promise<void> }[] = [];
  const sent: Request[] = [];
  const runtime: Partial<Runtime> = {
    now: () => now,
    fetch: async (request) => {
      sent.push(request.clone());
      return answer(request);
    },
    schedule: (delayMs, task) => {
      queue.push({ at: now + delayMs, task });
    },
  };
  const sandbox = createSandbox({ ...options, runtime: { ...runtime, ...options.runtime } });
  return {
    sandbox,
    sent,
    /** Lets time pass and everything due in it happen, in order. */
    async pass(durationMs: number) {
      const until = now + durationMs;
      for (;;) {
        await settle();
        const due = queue.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        queue = queue.filter((entry) => entry !== due);
        now = Math.max(now, due.at);
        void due.task();
      }
      now = until;
    },
  };
}

/** Lets everything that waits for no timer finish. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));
