import type { Stack } from './stack.ts';

/** What a person types at the provider; times are wall-clock times in Berlin. */
export interface Typed {
  title?: string;
  location?: string;
  notes?: string;
  start?: string;
  end?: string;
  attendees?: string[];
  /** Members as the provider's API has them, for what has no name here. */
  raw?: Record<string, unknown>;
}

/** As much of a stack as somebody at the providers needs. */
export type SandboxOf = Pick<Stack, 'sandbox' | 'sandboxServer'>;

/** A person's own calendar at a provider, used through the provider's API as its owner would. */
export function personAt(stack: SandboxOf, provider: 'google' | 'outlook', email: string) {
  const isGoogle = provider === 'google';
  const root = isGoogle ? '/calendar/v3/calendars/primary/events' : '/v1.0/me/events';

  async function call(method: string, path: string, body?: object) {
    const token = stack.sandbox.issueToken({ provider, email });
    const response = await fetch(`${stack.sandboxServer.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        prefer: 'IdType="ImmutableId", outlook.body-content-type="text"',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : {}) as Record<string, unknown>;
  }

  const write = (typed: Typed) => (isGoogle ? toGoogle(typed) : toGraph(typed));

  return {
    async create(typed: Typed): Promise<string> {
      const times = { start: '2026-12-01T09:00', end: '2026-12-01T10:00' };
      return String((await call('POST', root, write({ ...times, ...typed })))['id']);
    },
    edit: (id: string, typed: Typed) => call('PATCH', `${root}/${id}`, write(typed)),
    remove: (id: string) => call('DELETE', `${root}/${id}`),
    find: (id: string) => call('GET', `${root}/${id}`),
    call,
  };
}

const zoned = (time: string) => ({ dateTime: `${time}:00`, timeZone: 'Europe/Berlin' });

function toGoogle({ title, location, notes, start, end, attendees, raw }: Typed): object {
  return {
    ...(title !== undefined && { summary: title }),
    ...(location !== undefined && { location }),
    ...(notes !== undefined && { description: notes }),
    ...(start !== undefined && { start: zoned(start) }),
    ...(end !== undefined && { end: zoned(end) }),
    ...(attendees && { attendees: attendees.map((email) => ({ email })) }),
    ...raw,
  };
}

function toGraph({ title, location, notes, start, end, attendees, raw }: Typed): object {
  return {
    ...(title !== undefined && { subject: title }),
    ...(location !== undefined && { location: { displayName: location } }),
    ...(notes !== undefined && { body: { contentType: 'text', content: notes } }),
    ...(start !== undefined && { start: zoned(start) }),
    ...(end !== undefined && { end: zoned(end) }),
    ...(attendees && {
      attendees: attendees.map((address) => ({ type: 'required', emailAddress: { address } })),
    }),
    ...raw,
  };
}
