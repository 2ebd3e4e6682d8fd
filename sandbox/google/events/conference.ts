/** Conferences: asked for, pending for a while, then there. Source: Event.conferenceData. */

import type { World } from '../../world.ts';
import type { Call, Change } from '../call.ts';
import { invalid, required } from '../errors.ts';
import { findObject, findString, type JsonObject } from '../json.ts';
import type { PushContext } from '../push.ts';
import type { EventData, StoredEvent } from './event.ts';
import { copyToGuests } from './copies.ts';
import { saveEvent } from './save.ts';

const DELAY_MS = 2_000;
const MEET_ICON = 'https://fonts.gstatic.com/s/i/productlogos/meet_2020q4/v6/web-512dp/logo.png';

/**
 * The conference that a write leaves on the event. Without `conferenceDataVersion=1` the body's
 * conference is ignored and the stored one stays.
 */
export function readConference(
  call: Call,
  body: JsonObject,
  current: EventData | undefined,
): Pick<EventData, 'conferenceData' | 'hangoutLink'> {
  const kept = { conferenceData: current?.conferenceData, hangoutLink: current?.hangoutLink };
  if (call.query.integer('conferenceDataVersion', 0, 1) !== 1) return kept;
  const wanted = findObject(body, 'conferenceData');
  if (!wanted) return { conferenceData: undefined, hangoutLink: undefined };
  const request = findObject(wanted, 'createRequest');
  const requestId = request && findString(request, 'requestId');
  const knownId = current && findObject(current.conferenceData ?? {}, 'createRequest')?.requestId;
  if (request && requestId === undefined) throw required('Missing conference request id.');
  if (request && requestId !== knownId)
    return { conferenceData: pending(request), hangoutLink: undefined };
  if (request && current?.conferenceData) return kept;
  if (!Array.isArray(wanted.entryPoints) || !findObject(wanted, 'conferenceSolution')) {
    throw invalid('Invalid conference data.');
  }
  return { conferenceData: wanted, hangoutLink: current?.hangoutLink };
}

/** Lets the pending conference of a just saved event come into being later. */
export function scheduleConference(context: PushContext, event: StoredEvent): void {
  if (!isPending(event)) return;
  const delayMs = context.world.getSwitch('google.conferenceDelayMs', DELAY_MS);
  context.world.runtime.schedule(delayMs, () => completeConference(context, event));
}

/** After a restore: what was pending in the snapshot goes on. */
export function resumeConferences(context: PushContext): void {
  for (const calendar of context.core.state.calendars.values()) {
    for (const event of calendar.events.values()) scheduleConference(context, event);
  }
}

/** Google's own change: a new version, a notification, and copies for the guests. */
function completeConference({ core, world }: PushContext, { calendarId, id }: StoredEvent): void {
  const { state } = core;
  const calendar = state.calendars.get(calendarId);
  const event = calendar?.events.get(id);
  if (!calendar || !event || !isPending(event)) return;
  const change: Change = { core, world, state, now: world.runtime.now() };
  const hasFailed = world.getSwitch('google.conferenceFails', false);
  const outcome = hasFailed ? failed(event) : succeeded(world, event);
  const saved = saveEvent(change, calendar, { ...event, data: { ...event.data, ...outcome } });
  copyToGuests(change, event.data, saved);
}

function pending(request: JsonObject): JsonObject {
  const type = findString(findObject(request, 'conferenceSolutionKey') ?? {}, 'type');
  if (type !== undefined && type !== 'hangoutsMeet' && type !== 'addOn') {
    throw invalid('Invalid conference type value.');
  }
  return {
    createRequest: {
      requestId: request.requestId,
      conferenceSolutionKey: { type: type ?? 'hangoutsMeet' },
      status: { statusCode: 'pending' },
    },
  };
}

function failed(event: StoredEvent): Partial<EventData> {
  return { conferenceData: { createRequest: requestOf(event, 'failure') } };
}

function succeeded(world: World, event: StoredEvent): Partial<EventData> {
  const letters = (count: number) =>
    Array.from({ length: count }, () =>
      String.fromCharCode(97 + Math.floor(world.runtime.random() * 26)),
    ).join('');
  const code = `${letters(3)}-${letters(4)}-${letters(3)}`;
  const uri = `https://meet.google.com/${code}`;
  return {
    hangoutLink: uri,
    conferenceData: {
      createRequest: requestOf(event, 'success'),
      entryPoints: [{ entryPointType: 'video', uri, label: `meet.google.com/${code}` }],
      conferenceSolution: {
        key: { type: 'hangoutsMeet' },
        name: 'Google Meet',
        iconUri: MEET_ICON,
      },
      conferenceId: code,
    },
  };
}

function requestOf(event: StoredEvent, statusCode: string): JsonObject {
  const request = findObject(event.data.conferenceData ?? {}, 'createRequest') ?? {};
  return { ...request, status: { statusCode } };
}

function isPending({ data }: StoredEvent): boolean {
  const request = findObject(data.conferenceData ?? {}, 'createRequest');
  return findObject(request ?? {}, 'status')?.statusCode === 'pending';
}
