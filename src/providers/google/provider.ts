import { visibilities } from '../../calendar/event.ts';
import type { ProviderConfig } from '../../config.ts';
import type { Runtime } from '../../runtime.ts';
import { keepsSilent, type Provider } from '../provider.ts';
import { listCalendars } from './calendars.ts';
import { openChannel, renewChannel, stopChannel } from './channels.ts';
import {
  answerInvitation,
  createEvent,
  deleteEvent,
  findEvent,
  findEventOfLink,
  updateEvent,
} from './events.ts';
import { listChanges } from './feed.ts';
import { createGoogleHttp } from './http.ts';
import { createGoogleOAuth } from './oauth.ts';
import { findOccurrence, findSeries } from './series.ts';

/** Google Calendar API v3 with Google's OAuth 2.0. */
export function createGoogleProvider(config: ProviderConfig, runtime: Runtime): Provider {
  const http = createGoogleHttp(config, runtime);
  return {
    name: 'GOOGLE',
    capabilities: {
      canRevoke: true,
      isIdInOneCalendar: false,
      quota: { units: 600, perMs: 60_000, updateCost: 3 },
      showAs: ['busy', 'free'],
      visibilities,
      canHoldExdates: true,
      windowDaysMax: null,
      canKeepSilent: keepsSilent.GOOGLE,
    },
    ...createGoogleOAuth(config, runtime),
    divideSeries: () => ({ kind: 'whole' }),
    listCalendars: (accessToken) => listCalendars(http, accessToken),
    createEvent: (call, linkId, fields, mailing) =>
      createEvent(http, call, linkId, fields, mailing),
    findEvent: (call, externalId) => findEvent(http, call, externalId),
    findSeries: (call, externalId) => findSeries(http, call, externalId),
    findOccurrence: (call, slot) => findOccurrence(http, call, slot),
    findEventOfLink: (call, linkId) => findEventOfLink(http, call, linkId),
    updateEvent: (call, externalId, etag, changes, mailing) =>
      updateEvent(http, call, { externalId, etag }, changes, mailing),
    deleteEvent: (call, externalId, etag, mailing) =>
      deleteEvent(http, call, { externalId, etag }, mailing),
    answerInvitation: (call, externalId, answer) =>
      answerInvitation(http, call, externalId, answer),
    listChanges: (call, position) => listChanges(http, call, position),
    openChannel: (call, request) => openChannel(http, call, request),
    renewChannel,
    stopChannel: (accessToken, channel) => stopChannel(http, accessToken, channel),
  };
}
