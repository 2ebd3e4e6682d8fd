import { showAsValues } from '../../calendar/event.ts';
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
import { divideSeries } from './divide-series.ts';
import { listChanges } from './feed.ts';
import { createOutlookHttp } from './http.ts';
import { createOutlookOAuth } from './oauth.ts';
import { findOccurrence, findSeries } from './series.ts';

/** Microsoft Graph v1.0 calendars with the Microsoft identity platform v2.0. */
export function createOutlookProvider(config: ProviderConfig, runtime: Runtime): Provider {
  const http = createOutlookHttp(config, runtime);
  return {
    name: 'OUTLOOK',
    capabilities: {
      canRevoke: false,
      isIdInOneCalendar: true,
      quota: { units: 10_000, perMs: 600_000, updateCost: 1 },
      showAs: showAsValues,
      visibilities: ['default', 'private', 'confidential'],
      canHoldExdates: false,
      // More is refused. Source: seen in practice, as for calendarView.
      windowDaysMax: 1_825,
      canKeepSilent: keepsSilent.OUTLOOK,
    },
    ...createOutlookOAuth(config, http, runtime),
    divideSeries,
    listCalendars: (accessToken) => listCalendars(http, accessToken),
    createEvent: (call, linkId, fields) => createEvent(http, call, linkId, fields),
    findEvent: (call, externalId) => findEvent(http, call, externalId),
    findSeries: (call, externalId) => findSeries(http, runtime, call, externalId),
    findOccurrence: (call, slot) => findOccurrence(http, runtime, call, slot),
    findEventOfLink: (call, linkId) => findEventOfLink(http, call, linkId),
    updateEvent: (call, externalId, etag, changes) =>
      updateEvent(http, call, externalId, etag, changes),
    deleteEvent: (call, externalId, etag) => deleteEvent(http, call, externalId, etag),
    answerInvitation: (call, externalId, answer) =>
      answerInvitation(http, call, externalId, answer),
    listChanges: (call, position) => listChanges(http, call, position),
    openChannel: (call, request) => openChannel(http, runtime, call, request),
    renewChannel: (accessToken, channel) => renewChannel(http, runtime, accessToken, channel),
    stopChannel: (accessToken, channel) => stopChannel(http, accessToken, channel),
  };
}
