import type {
  Answers,
  EventFields,
  GuestAnswer,
  LocalDate,
  MergeUnit,
  OwnAnswer,
  ShowAs,
  TimeZone,
  Visibility,
} from '../calendar/event.ts';
import type { ChannelId, LinkId } from '../calendar/ids.ts';
import type { Series } from '../calendar/recurrence.ts';
import type { SeriesForm } from '../sync/part.ts';

/** As in the database and the API; in addresses it is written in lower case. */
export type ProviderName = 'GOOGLE' | 'OUTLOOK';

/** What people call it, in mails. */
export const calendarNames: Record<ProviderName, string> = {
  GOOGLE: 'Google Calendar',
  OUTLOOK: 'Outlook Calendar',
};

/** `Capabilities.canKeepSilent`, where there is no provider at hand to be asked. */
export const keepsSilent: Record<ProviderName, boolean> = {
  GOOGLE: true,
  // Source: microsoft-graph-docs#2309.
  OUTLOOK: false,
};

/** Those that can write without mailing anybody. */
export const quietProviders = (Object.keys(keepsSilent) as ProviderName[]).filter(
  (name) => keepsSilent[name],
);

/**
 * Of a series that is read with its exceptions, those of so many days back and ahead are told at least:
 * not every calendar can tell all.
 */
export const toldDays = { back: 366, ahead: 2 * 366 };

/** An access token as the provider gave it. A secret: never logged, never in an error. */
export type AccessToken = string;

/** What differs between providers, declared; nothing above this folder asks for a name. */
export interface Capabilities {
  /** Whether a grant can be revoked by us, or only by the user at the provider. */
  canRevoke: boolean;
  /** An event's id is in one calendar of an account at a time: seen in another, it was moved. */
  isIdInOneCalendar: boolean;
  /** What the provider takes for one account over which time, and what an update costs; all else is 1. */
  quota: { units: number; perMs: number; updateCost: number };
  /** What a copy can hold. A value that is not in the list is written as the nearest that is. */
  showAs: readonly ShowAs[];
  visibilities: readonly Visibility[];
  /**
   * Whether a series names its left-out dates (EXDATE) and gives them back. Else none is written: each
   * such occurrence is deleted by itself, and is told as a cancelled one.
   */
  canHoldExdates: boolean;
  /** How long a time one listing may ask for, in days; null: any. */
  windowDaysMax: number | null;
  /** Whether guests can be written without being mailed. Else every write tells them. */
  canKeepSilent: boolean;
}

/** Whether a write tells the event's guests, in so far as the provider asks. */
export interface Mailing {
  notify: boolean;
}

export interface AuthorizeRequest {
  redirectUri: string;
  state: string;
  nonce: string;
  /** S256 challenge, base64url. */
  codeChallenge: string;
  /** Address of the account expected back, on reconnect. */
  loginHint: string | null;
  /** Ask for consent again: on reconnect, when a new refresh token is needed. */
  forceConsent: boolean;
}

export interface CodeExchange {
  code: string;
  redirectUri: string;
  codeVerifier: string;
  nonce: string;
}

export interface Tokens {
  accessToken: AccessToken;
  /** Null when the provider sent none: keep the one we have. */
  refreshToken: string | null;
  /** Seconds from now, as the provider said. */
  expiresInSeconds: number;
}

/** What a finished consent gives. */
export interface NewGrant extends Tokens {
  account: {
    /** Google's `sub`; Microsoft's `tid` and `oid`, joined by a dot. Never an address. */
    id: string;
    email: string;
  };
  grantedScopes: string[];
  /** Needed scopes that the user did not grant, in plain words for people; empty when all is well. */
  missingPermissions: string[];
}

export interface RemoteCalendar {
  externalId: string;
  name: string;
  timeZone: TimeZone | null;
  isPrimary: boolean;
  canWrite: boolean;
}

/** An event as it was read at the provider, in our words. */
export interface RemoteEvent {
  externalId: string;
  etag: string;
  iCalUid: string | null;
  /** The link it was made for, read from where `createEvent` put it. */
  linkId: LinkId | null;
  fields: EventFields;
  /**
   * Whether a change of ours would stand: false on a copy of somebody else's meeting, and on what
   * the provider keeps itself (birthdays, working places).
   */
  canEdit: boolean;
  /** Address of whose meeting it is; null when the answer does not say. */
  organizer: string | null;
  /** What its guests said. */
  answers: Answers;
  /** What the calendar's owner said, where it is somebody else's meeting that they are invited to. */
  ownAnswer: GuestAnswer | null;
  /** Which occurrence of which series it is; null for a single event and for a whole series. */
  slot: RemoteSlot | null;
  /** Of a series that was read with them: its exceptions, see `toldDays`. Null where they are told one by one. */
  exceptions: RemoteException[] | null;
  /** What sort of entry it is: only meetings are taken in by default. */
  sort: 'meeting' | 'birthday' | 'working-location' | 'other';
  /** What could not be read exactly (an unknown zone, say), in plain words. */
  warnings: string[];
}

/** An occurrence as a provider names it. */
export interface RemoteSlot {
  /** The provider's id of the series. */
  seriesId: string;
  /** When it would have begun: an instant; a date where the series has dates, or where no more is told. */
  originalStart: Date | LocalDate;
}

/** An occurrence that is not as its series says. */
export type RemoteException =
  | { kind: 'changed'; event: RemoteEvent & { slot: RemoteSlot } }
  | { kind: 'cancelled'; slot: RemoteSlot };

/** What a change feed says of one entry. */
export type RemoteChange =
  /** A single event, a whole series, or an occurrence that was changed on its own. */
  | { kind: 'event'; event: RemoteEvent }
  /** One occurrence of a series that lives on was cancelled. */
  | { kind: 'cancelled-occurrence'; externalId: string; slot: RemoteSlot }
  /** Deleted there. */
  | { kind: 'removed'; externalId: string }
  /** Deleted, or out of what the feed covers: to be asked for singly before it is believed. */
  | { kind: 'missing'; externalId: string }
  /** Something in this series changed: it has to be read whole (`findSeries`). */
  | { kind: 'series'; externalId: string }
  /**
   * An entry that cannot be read: set aside with its reason, in plain words. Its id is '' where not
   * even that is usable.
   */
  | { kind: 'unreadable'; externalId: string; reason: string };

/** One page of a change feed, and how to go on: another page, or the token for next time. */
export interface ChangePage {
  changes: RemoteChange[];
  next: { pageToken: string } | { syncToken: string };
}

/** Where in a feed to read. Without a `syncToken` the whole window is listed. */
export interface FeedPosition {
  syncToken: string | null;
  /** From the page before, with the same `syncToken` and window. */
  pageToken: string | null;
  window: { start: Date; end: Date };
}

/** A channel as the provider made it. */
export interface RemoteChannel {
  externalId: string;
  /** Null where the provider has no such thing. */
  resourceId: string | null;
  expiresAt: Date;
}

export interface ChannelRequest {
  /** Our own id of it. */
  id: ChannelId;
  /** Comes back with each notification; at most 128 characters. */
  secret: string;
  /** Where to ring. */
  notificationUrl: string;
}

export interface CalendarCall {
  accessToken: AccessToken;
  /** The provider's id of the calendar. */
  calendarId: string;
}

/**
 * One provider. Every method throws `ProviderError` and nothing else, but for programming errors.
 * No method retries: that is the caller's.
 */
export interface Provider {
  readonly name: ProviderName;
  readonly capabilities: Capabilities;

  buildAuthorizeUrl(request: AuthorizeRequest): URL;
  /** Exchanges the code and checks the ID token (signature, issuer, audience, nonce, expiry). */
  exchangeCode(request: CodeExchange): Promise<NewGrant>;
  refreshTokens(refreshToken: string): Promise<Tokens>;
  /** Does nothing where `capabilities.canRevoke` is false. A grant already dead is success. */
  revokeGrant(refreshToken: string): Promise<void>;

  listCalendars(accessToken: AccessToken): Promise<RemoteCalendar[]>;

  /** How a series can be held here: each part can be written as a series, or date, of its own. Pure. */
  divideSeries(series: Series): SeriesForm;

  /**
   * Creates the event once for `linkId`, however often it is called: a repetition throws
   * `already-exists` or returns the first one's event, and mails nobody.
   */
  createEvent(
    call: CalendarCall,
    linkId: LinkId,
    fields: EventFields,
    mailing: Mailing,
  ): Promise<RemoteEvent>;
  /** The event, or undefined when it is gone (404, 410, or a tombstone). */
  findEvent(call: CalendarCall, externalId: string): Promise<RemoteEvent | undefined>;
  /** The series with all its exceptions, or undefined when it is gone. */
  findSeries(call: CalendarCall, externalId: string): Promise<RemoteEvent | undefined>;
  /**
   * One occurrence of a series, changed on its own or not: what is written to the id of it changes
   * nothing but it. Undefined when it was cancelled, or when the series has none there.
   */
  findOccurrence(call: CalendarCall, slot: RemoteSlot): Promise<RemoteEvent | undefined>;
  /** Looks for what `createEvent` made for this link when its answer was lost. */
  findEventOfLink(call: CalendarCall, linkId: LinkId): Promise<RemoteEvent | undefined>;
  /**
   * Writes the named units and leaves everything else as it is: of the guests, too, only those who
   * came, went or changed are touched, and what is known of the others there stays. Of a series, `when`
   * and `recurrence` are given together or not at all. Throws `changed-meanwhile` when the event is not
   * at `etag` any more, `gone` when it does not exist, `refused` where its rule cannot be held there.
   */
  updateEvent(
    call: CalendarCall,
    externalId: string,
    etag: string,
    changes: Partial<Pick<EventFields, MergeUnit>>,
    mailing: Mailing,
  ): Promise<RemoteEvent>;
  /**
   * Answers whether it was there until then: one that had gone already is success, too. Throws
   * `changed-meanwhile` like `updateEvent`.
   */
  deleteEvent(
    call: CalendarCall,
    externalId: string,
    etag: string,
    mailing: Mailing,
  ): Promise<boolean>;

  /**
   * Answers an invitation, and tells its organizer, however often it is called: an answer that is
   * there already is not given again. Throws `gone` and `changed-meanwhile` like `updateEvent`, and
   * `refused` where the calendar's owner is not invited. A declined event may be gone afterwards.
   */
  answerInvitation(call: CalendarCall, externalId: string, answer: OwnAnswer): Promise<void>;

  /**
   * One page of what changed in the calendar since `position.syncToken`, or of all that is in the
   * window. Entries that cannot be read are said to be so, singly. Throws `sync-token-expired`
   * when the token has ended or is not understood: list everything.
   */
  listChanges(call: CalendarCall, position: FeedPosition): Promise<ChangePage>;

  /**
   * Asks to be rung up when the calendar changes. The first ring may come before the answer.
   * Throws `refused` where this calendar cannot be watched: it has to be asked instead. Throws
   * `already-exists` when another channel got in between: try again under a new id.
   */
  openChannel(call: CalendarCall, request: ChannelRequest): Promise<RemoteChannel>;
  /**
   * Makes the channel last longer, where the provider can; null where a new one has to be opened
   * instead. Throws `gone` when the channel has ended.
   */
  renewChannel(accessToken: AccessToken, channel: RemoteChannel): Promise<RemoteChannel | null>;
  /** A channel that has already ended is success. */
  stopChannel(accessToken: AccessToken, channel: Omit<RemoteChannel, 'expiresAt'>): Promise<void>;
}
